import { system } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { ExternalError } from '../ports.ts'
import { cardsTo, noticeToOwners, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { askForEnd } from './revoke-grant.ts'

/**
 * Compares what carries our name pattern at the vault with the grants. What no live grant or person knows is removed (an
 * older database was restored, or a call landed after its time-out); a policy that an active grant should have and has
 * not is never made again: the grant ends.
 */
export const findDrift =
  (deps: Deps) =>
  async (integration: IntegrationId): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    try {
      const there = await connector.leftovers()
      if (!there) return
      // Read after the vault: whatever was drawn before the listing is in these rows.
      const live = await deps.store.liveAt(integration)
      const policies = new Set(live.flatMap(({ grant }) => policyNames(grant?.handle)))
      const accounts = new Set((await deps.store.accounts(integration)).map(({ name }) => name))
      for (const leftover of there) {
        const isKnown = leftover.kind === 'policy' ? policies.has(leftover.name) : accounts.has(leftover.name)
        if (isKnown) continue
        await connector.remove(leftover)
        const detail = { name: leftover.name, what: leftover.kind }
        await deps.store.audit([{ at: deps.clock.now(), kind: 'leftover-removed', actor: system, integration, detail }])
        await tell(deps, integration, leftover.name)
      }
      await endMissing(deps, live, new Set(there.map(({ name }) => name)))
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ integration, code: error.code }, 'drift could not be looked for')
    }
  }

const policyNames = (handle: Readonly<Record<string, unknown>> | undefined): readonly string[] =>
  Array.isArray(handle?.policies) ? handle.policies : []

const tell = async (deps: Deps, integration: IntegrationId, name: string): Promise<void> => {
  deps.log.warn({ integration, name }, 'removed what no grant knows')
  const owners = deps.catalogue.get(integration)?.integration.owners ?? []
  const notice = { about: 'leftover-removed', integration, name } as const
  await deps.store.addCards(
    peopleIn(deps, owners).flatMap((person) => cardsTo(deps, person, { audience: 'notice', notice })),
  )
  deps.nudge()
}

const endMissing = async (
  deps: Deps,
  live: Awaited<ReturnType<Deps['store']['liveAt']>>,
  names: ReadonlySet<string>,
): Promise<void> => {
  for (const { request, grant } of live) {
    if (grant?.state !== 'active' || grant.withdraw) continue
    const expected = policyNames(grant.handle)
    if (expected.length === 0 || expected.some((name) => names.has(name))) continue
    const now = (await deps.store.requestOfGrant(grant.id))?.grant
    if (now?.state !== 'active' || policyNames(now.handle).join() !== expected.join()) continue // moved on meanwhile
    await deps.store.addCards([
      ...cardsTo(deps, request.requester, {
        request: request.id,
        audience: 'notice',
        notice: { about: 'access-missing' },
      }),
      ...noticeToOwners(deps, request, { about: 'access-missing' }),
    ])
    await askForEnd(deps)(grant.id, 'missing-at-vault')
  }
}
