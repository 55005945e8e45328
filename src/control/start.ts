import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from '../app/deps.ts'
import { messageOf } from '../domain/message-of.ts'
import type { OperatorDesk } from './desk.ts'
import { socketName } from './protocol.ts'
import { type ControlSocket, openControlSocket } from './server.ts'
import { sharedFolder } from './shared-folder.ts'

type Places = {
  /** The database's folder, if it has one; only its owner and root get there. */
  readonly own: string | undefined
  /** A folder where other users of the machine may ask. */
  readonly shared: string | undefined
}

/**
 * Opens the sockets. Without them everything but operators' wishes goes on: access must end on time also then.
 */
export const startControl = async (desk: OperatorDesk, { own, shared }: Places, log: Log): Promise<ControlSocket> => {
  const opened: ControlSocket[] = []
  const open = async (folder: string, isShared: boolean) => {
    try {
      if (isShared && !desk.hasRoles) throw new Error('other users may not ask without roles; add operators')
      if (isShared) await sharedFolder(folder)
      else await mkdir(folder, { recursive: true, mode: 0o700 }) // beside PostgreSQL nothing else has made it yet
      const path = join(folder, socketName)
      opened.push(await openControlSocket({ path, log, answer: desk.answer, isShared }))
    } catch (error) {
      log.error({ folder, problem: messageOf(error) }, 'the control socket could not be opened')
    }
  }
  if (own !== undefined) await open(own, false)
  if (shared !== undefined) await open(shared, true)
  return { close: async () => void (await Promise.all(opened.map(({ close }) => close()))) }
}
