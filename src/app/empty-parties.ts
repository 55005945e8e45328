import type { IntegrationId } from '../domain/ids.ts'
import type { Integration } from '../domain/integration.ts'
import { type Deps, membersOf } from './deps.ts'

type Known = Pick<Deps, 'directory' | 'integrations'>

/** The integrations whose owners nobody can be: no person is in any of their parties. */
export const withoutOwners = ({ directory, integrations }: Known): readonly IntegrationId[] =>
  [...integrations.values()]
    .filter(({ integration }) => integration.owners.flatMap(membersOf({ directory })).length === 0)
    .map(({ integration }) => integration.id)

/**
 * Logs every configured party without members. The start goes on: access that is live must end on time, and earlier
 * versions started with such a configuration. `latchkey config check` refuses it.
 */
export const tellOfEmptyParties = (deps: Known & Pick<Deps, 'log'>): void => {
  const isEmpty = (party: Parameters<ReturnType<typeof membersOf>>[0]) => membersOf(deps)(party).length === 0
  for (const { integration } of deps.integrations.values()) {
    for (const [key, parties] of Object.entries(partiesOf(integration))) {
      for (const party of new Set(parties.filter(isEmpty))) {
        deps.log.warn({ integration: integration.id, key, party }, 'nobody in the people file is in this party')
      }
    }
  }
  for (const integration of withoutOwners(deps)) {
    deps.log.error(
      { integration, key: 'owner', remedy: 'add the owners to the people file' },
      'nobody can decide on requests here, because no owner is in the people file',
    )
  }
}

const partiesOf = ({ requesters, owners, resourceOwner }: Integration) => ({
  requesters,
  owner: owners,
  'resourceOwner.allow': resourceOwner?.allow ?? [],
  'resourceOwner.pinned': resourceOwner?.pinned.map(({ owner }) => owner) ?? [],
})
