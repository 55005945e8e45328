import { system } from '../domain/audit-event.ts'
import type { Leftover } from '../domain/connector.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { noticeTo } from './cards-for.ts'
import type { Deps } from './deps.ts'

/** Records the removal of an object without a grant, and tells the owners of its integration. */
export const noteRemoved = async (
  deps: Deps,
  integration: IntegrationId,
  { name, kind: what }: Leftover,
): Promise<void> => {
  deps.log.warn({ integration, name }, 'removed what no grant knows')
  const owners = deps.integrations.get(integration)?.integration.owners ?? []
  const at = deps.clock.now()
  const removed = { at, kind: 'leftover-removed', actor: system, integration, detail: { name, what } } as const
  await deps.store.audit([removed], noticeTo(deps, owners, { about: 'leftover-removed', integration, name }))
  deps.nudge()
}
