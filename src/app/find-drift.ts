import { system } from '../domain/audit-event.ts'
import type { Leftover } from '../domain/catalogue.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import { noticeTo } from './cards-for.ts'
import type { Deps } from './deps.ts'
import { alteredAtVault, askForEnd, missingAtVault } from './revoke-grant.ts'

/**
 * Compares what the vault holds with the grants. A policy that an active grant should have and has not is never made
 * again, and one that says something else than what was approved is not put right: the grant ends. What carries our name
 * pattern and no live grant or person knows is removed (an older database was restored, or a call landed after its
 * time-out), where the bot may list. The rows are read before and after the vault, which answers in between.
 */
export const findDrift =
  (deps: Deps) =>
  async (integration: IntegrationId): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    try {
      await inspectAll(deps, connector)
      const before = await knownNames(deps)
      const there = await connector.leftovers()
      if (!there) return
      const after = await knownNames(deps)
      for (const leftover of there) {
        if (before.has(leftover.name) || after.has(leftover.name)) continue
        await connector.remove(leftover)
        await noteRemoved(deps, integration, leftover)
      }
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      deps.log.warn({ integration, code: error.code }, 'drift could not be looked for')
    }
  }

/** One look at each active grant's policies, one after the other: nobody waits for it. */
const inspectAll = async (deps: Deps, connector: Connector): Promise<void> => {
  for (const loaded of await deps.store.liveAt(connector.integration)) {
    const policies = activePolicies(deps, loaded)
    if (!policies || !loaded.grant?.handle) continue
    const found = await connector.inspect(loaded.grant.handle, loaded.grant.plan)
    if (found === 'sound') continue
    const now = await deps.store.request(loaded.request.id)
    if (!now?.grant?.handle || activePolicies(deps, now)?.join() !== policies.join()) continue // it moved on meanwhile
    // While a new policy takes the old one's place, one look may miss both.
    if ((await connector.inspect(now.grant.handle, now.grant.plan)) !== found) continue
    deps.log.warn({ grant: loaded.grant.id, found }, 'the vault holds something else than what was approved')
    await askForEnd(deps)(now.grant.id, found === 'missing' ? missingAtVault : alteredAtVault)
  }
}

/** Every name that a grant or a person has, at any integration: several may be parts of one vault. */
const knownNames = async (deps: Deps): Promise<ReadonlySet<string>> => {
  const names: string[] = []
  for (const id of deps.catalogue.keys()) {
    for (const { grant } of await deps.store.liveAt(id)) names.push(...policyNames(grant?.handle))
    for (const { name } of await deps.store.accounts(id)) names.push(name)
  }
  return new Set(names)
}

const policyNames = (handle: Readonly<Record<string, unknown>> | undefined): readonly string[] =>
  Array.isArray(handle?.policies) ? handle.policies : []

/** The policies of which one must be at the vault; `undefined` while none has to be. */
const activePolicies = ({ clock }: Deps, { grant }: Loaded): readonly string[] | undefined => {
  if (grant?.state !== 'active' || grant.withdraw || grant.expiresAt <= clock.now()) return undefined
  const policies = policyNames(grant.handle)
  return policies.length > 0 ? policies : undefined
}

const noteRemoved = async (deps: Deps, integration: IntegrationId, { name, kind: what }: Leftover): Promise<void> => {
  deps.log.warn({ integration, name }, 'removed what no grant knows')
  const owners = deps.catalogue.get(integration)?.integration.owners ?? []
  const at = deps.clock.now()
  const removed = { at, kind: 'leftover-removed', actor: system, integration, detail: { name, what } } as const
  await deps.store.audit([removed], noticeTo(deps, owners, { about: 'leftover-removed', integration, name }))
  deps.nudge()
}
