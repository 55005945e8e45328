import { join } from 'node:path'
import type { Deps } from '../app/deps.ts'
import { messageOf } from '../domain/message-of.ts'
import { socketName } from './protocol.ts'
import { openControlSocket } from './server.ts'
import { controlAnswers, type Self } from './verbs.ts'

/**
 * Opens the socket in the database's folder; `undefined` where it has none. Without it everything but operators' wishes goes
 * on: access must end on time also then.
 */
export const startControl = async (deps: Deps, folder: string | undefined, self: Self) => {
  if (folder === undefined) return undefined
  try {
    const path = join(folder, socketName)
    return await openControlSocket({ path, log: deps.log, answer: controlAnswers(deps, self) })
  } catch (error) {
    const problem = messageOf(error)
    deps.log.error({ problem }, 'the control socket could not be opened')
    return undefined
  }
}
