import { namesIn } from '../domain/connector.ts'
import type { Grant } from '../domain/grant.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { after, seconds } from '../domain/time.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'
import { noteRemoved } from './note-removed.ts'
import { alteredAtVault, askForEnd, missingAtVault } from './revoke-grant.ts'

/**
 * Compares what the vault holds with the grants. A policy that an active grant should have and has not is never made
 * again, and one that says something else than what was approved is not put right: the grant ends. What carries our name
 * pattern and no live grant or person knows is removed (an older database was restored, or a call landed after its
 * time-out), where the bot may list. The rows are read before and after the vault, which answers in between.
 */
export const findDrift =
  (deps: Deps, removeUnknown: (integration: IntegrationId) => Promise<void> = async () => {}) =>
  async (integration: IntegrationId): Promise<void> => {
    const connector = deps.integrations.get(integration)?.connector
    if (!connector) return
    try {
      await removeUnknown(integration) // first: it is what nobody else would ever end
      await inspectAll(deps, connector)
      const before = await knownNames(deps)
      const there = await connector.leftovers()
      if (!there) return
      const after = await knownNames(deps)
      for (const leftover of there) {
        if (before.has(leftover.name) || after.has(leftover.name)) continue
        if (await connector.remove(leftover)) await noteRemoved(deps, integration, leftover)
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

/**
 * Every name that a grant or a person has, at any integration, configured or not: several may be parts of one vault, and
 * one that was taken out of the configuration still has its live access.
 */
const knownNames = async (deps: Deps): Promise<ReadonlySet<string>> => {
  const live = await deps.store.grants({ state: 'live', limit: everyGrant })
  const accounts = await deps.store.accounts()
  const mayWork = live.filter(({ grant }) => grant && !isOverUnseen(deps, grant))
  return new Set([...mayWork.flatMap(({ grant }) => namesIn(grant?.handle)), ...accounts.map(({ name }) => name)])
}

const everyGrant = 10_000_000

/** Nobody ends a grant of an integration that is not configured, but no token of it outlives its time. */
const isOverUnseen = ({ integrations, clock }: Deps, grant: Grant): boolean =>
  !integrations.has(grant.integration) &&
  'expiresAt' in grant &&
  grant.expiresAt !== undefined &&
  after(grant.expiresAt, seconds(3600)) < clock.now()

/** The policies of which one must be at the vault; `undefined` while none has to be. */
const activePolicies = ({ clock }: Deps, { grant }: Loaded): readonly string[] | undefined => {
  if (grant?.state !== 'active' || grant.withdraw || grant.expiresAt <= clock.now()) return undefined
  const policies = namesIn(grant.handle)
  return policies.length > 0 ? policies : undefined
}
