import { system } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { ExternalError, type Loaded } from '../ports.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { endMissing } from './end-missing.ts'

/**
 * Compares what carries our name pattern at the vault with the grants. What no live grant or person knows is removed (an
 * older database was restored, or a call landed after its time-out); a policy that an active grant should have and has
 * not is never made again: the grant ends. The rows are read before and after the vault, which answers in between: what
 * is known in either is ours, and what is missing from both ends of the look is missing.
 */
export const findDrift =
  (deps: Deps) =>
  async (integration: IntegrationId): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    try {
      const before = await look(deps, integration)
      const there = await connector.leftovers()
      if (!there) return
      const after = await look(deps, integration)
      for (const leftover of there) {
        if (before.names.has(leftover.name) || after.names.has(leftover.name)) continue
        await connector.remove(leftover)
        const detail = { name: leftover.name, what: leftover.kind }
        await deps.store.audit([{ at: deps.clock.now(), kind: 'leftover-removed', actor: system, integration, detail }])
        await tell(deps, integration, leftover.name)
      }
      const names = new Set(there.map(({ name }) => name))
      const isMissing = (loaded: Loaded) => activePolicies(deps, loaded)?.every((name) => !names.has(name)) === true
      for (const loaded of after.here) {
        const earlier = before.here.find(({ request }) => request.id === loaded.request.id)
        const isSame = earlier && samePolicies(deps, earlier, loaded)
        if (isSame && isMissing(loaded)) await endMissing(deps)(loaded)
      }
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ integration, code: error.code }, 'drift could not be looked for')
    }
  }

type Look = {
  /** Every name that a grant or a person has, at any integration: several may be parts of one vault. */
  readonly names: ReadonlySet<string>
  readonly here: readonly Loaded[]
}

const look = async (deps: Deps, integration: IntegrationId): Promise<Look> => {
  const names: string[] = []
  for (const id of deps.catalogue.keys()) {
    for (const { grant } of await deps.store.liveAt(id)) names.push(...policyNames(grant?.handle))
    for (const { name } of await deps.store.accounts(id)) names.push(name)
  }
  return { names: new Set(names), here: await deps.store.liveAt(integration) }
}

const policyNames = (handle: Readonly<Record<string, unknown>> | undefined): readonly string[] =>
  Array.isArray(handle?.policies) ? handle.policies : []

/** The policies of which one must be at the vault; `undefined` while none has to be. */
const activePolicies = ({ clock }: Deps, { grant }: Loaded): readonly string[] | undefined => {
  if (grant?.state !== 'active' || grant.withdraw || grant.expiresAt <= clock.now()) return undefined
  const policies = policyNames(grant.handle)
  return policies.length > 0 ? policies : undefined
}

const samePolicies = (deps: Deps, one: Loaded, other: Loaded): boolean =>
  activePolicies(deps, one)?.join() === activePolicies(deps, other)?.join()

const tell = async (deps: Deps, integration: IntegrationId, name: string): Promise<void> => {
  deps.log.warn({ integration, name }, 'removed what no grant knows')
  const owners = deps.catalogue.get(integration)?.integration.owners ?? []
  const notice = { about: 'leftover-removed', integration, name } as const
  await deps.store.addCards(
    peopleIn(deps, owners).flatMap((person) => cardsTo(deps, person, { audience: 'notice', notice })),
  )
  deps.nudge()
}
