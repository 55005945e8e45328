import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok } from '../../findings.ts'
import { type DatabaseState, UnreadableDatabase } from '../../ports.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'

const what = 'database'
const restore = 'stop the server and restore the last backup'

/** Checks that the database is intact and of this version, or can be created. */
export const databaseFindings = async (place: StorePlace): Promise<readonly Finding[]> => {
  const { name, state } = storeAt(place)
  try {
    return [findingOf(name, await state())]
  } catch (error) {
    const isDamaged = error instanceof UnreadableDatabase && error.code === 'damaged'
    const remedy = isDamaged ? restore : 'run as the user of the server, and check the path in the configuration'
    return [missing(what, messageOf(error), remedy)]
  }
}

const findingOf = (name: string, found: DatabaseState): Finding => {
  switch (found.state) {
    case 'in-memory':
      return missing(what, 'kept in memory only', 'name a file: everything is lost at each stop')
    case 'absent':
      return found.obstacle === undefined
        ? ok(what, `${name} will be created at the first start`)
        : missing(what, found.obstacle, 'let the user of the server write there')
    case 'present': {
      const { damage, pending, history, obstacle } = found
      if (damage.length > 0) return missing(what, `${name} is damaged: ${damage.join('; ')}`, restore)
      if (history !== undefined) return missing(what, name, history)
      if (obstacle !== undefined) return missing(what, `no server can start on ${name}`, obstacle)
      return ok(
        what,
        `${name} is whole${pending.length > 0 ? `; ${pending.length} migrations come at the next start` : ''}`,
      )
    }
    default:
      return found satisfies never
  }
}
