import type { IntegrationId } from '../domain/ids.ts'
import { type DrawnName, isUnknown, type Journal } from '../domain/journal.ts'
import { isPutOff } from '../domain/outage.ts'
import { timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'
import { noteRemoved } from './note-removed.ts'

/**
 * Deletes names at the vault that the journal knows and the database does not: an older copy was restored. It needs no
 * right to list. Each name is checked once, and again after an outage.
 */
export const removeUnknown = (deps: Deps, journal: Pick<Journal, 'former' | 'note'>) => {
  const ahead = Map.groupBy(journal.former, ({ integration }) => integration)
  return async (integration: IntegrationId): Promise<void> => {
    const connector = deps.integrations.get(integration)?.connector
    const names = ahead.get(integration)
    if (!connector || !names) return
    for (const drawn of [...names]) {
      if (drawn.until > deps.clock.now() && (await isSettled(deps, connector, drawn))) {
        await journal.note([{ ...drawn, until: timestamp(0) }]).catch(() => {}) // a failure only means another harmless check
      }
      names.shift()
    }
    ahead.delete(integration)
  }
}

/** Whether the name was unknown and is now certainly gone. */
const isSettled = async (deps: Deps, connector: Connector, drawn: DrawnName): Promise<boolean> => {
  const { name, grant, integration } = drawn
  if (!isUnknown(drawn, (await deps.store.requestOfGrant(grant))?.grant)) return false
  const leftover = { name, kind: 'policy', grant } as const
  try {
    if (await connector.remove(leftover)) await noteRemoved(deps, integration, leftover)
    return true
  } catch (error) {
    if (!(error instanceof ExternalError) || isPutOff(error.code)) throw error
    deps.log.warn({ integration, name, code: error.code }, 'what the journal names could not be removed')
    return false
  }
}
