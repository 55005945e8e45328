import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok } from '../../findings.ts'
import { type DatabaseState, UnreadableDatabase } from '../../ports.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'

const what = 'database'
const restore = 'stop the server and restore the last backup'

/** Checks that the database is intact and of this version, or can be created. */
export const databaseFindings = async (place: StorePlace): Promise<readonly Finding[]> => {
  const { name, state, file } = storeAt(place)
  try {
    const found = await state()
    if ('obstacle' in found && found.obstacle !== undefined && !file) return [missing(what, name, found.obstacle)]
    return [findingOf(name, found)]
  } catch (error) {
    const isDamaged = error instanceof UnreadableDatabase && error.code === 'damaged'
    const where = file ? 'run as the user of the server, and check the path in the configuration' : 'see DATABASE_URL'
    return [missing(what, messageOf(error), isDamaged ? restore : where)]
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
      const { damage, pending, history } = found
      if (damage.length > 0) return missing(what, `${name} is damaged: ${damage.join('; ')}`, restore)
      if (history !== undefined) return missing(what, name, history)
      return ok(
        what,
        `${name} is whole${pending.length > 0 ? `; ${pending.length} migrations come at the next start` : ''}`,
      )
    }
    default:
      return found satisfies never
  }
}
