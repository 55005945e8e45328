import { type Handle, namesIn } from '../domain/connector.ts'
import type { Grant } from '../domain/grant.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { after, seconds } from '../domain/time.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'
import { noteRemoved } from './note-removed.ts'
import { alteredAtVault, askForEnd, missingAtVault } from './revoke-grant.ts'
import { noteStuckLeases } from './stuck-leases.ts'

/**
 * Compares the vault's contents with the grants. A missing policy is never made again, and an altered one is not
 * repaired: the grant ends. An object with our name pattern but without a live grant or person is removed, where the
 * bot may list. The rows are read before and after the vault, which answers in between.
 */
export const findDrift =
  (deps: Deps, removeUnknown: (integration: IntegrationId) => Promise<void> = async () => {}) =>
  async (integration: IntegrationId): Promise<void> => {
    const connector = deps.integrations.get(integration)?.connector
    if (!connector) return
    try {
      await removeUnknown(integration) // first, because nobody else would end these
      await inspectAll(deps, connector)
      await lookForStuck(deps, connector)
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

/** Its fault must not keep leftovers from being removed. */
const lookForStuck = async (deps: Deps, connector: Connector): Promise<void> => {
  try {
    await noteStuckLeases(deps, connector)
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    const { integration } = connector
    deps.log.warn({ integration, code: error.code }, 'leases that were given up could not be looked for')
  }
}

/** Checks the policies of each active grant, one after the other, because nobody waits. */
const inspectAll = async (deps: Deps, connector: Connector): Promise<void> => {
  for (const loaded of await deps.store.liveAt(connector.integration)) {
    const policies = activePolicies(deps, loaded)
    if (!policies || !loaded.grant?.handle) continue
    const found = await inspect(connector, loaded.grant, loaded.grant.handle)
    if (found === 'sound') continue
    const now = await deps.store.request(loaded.request.id)
    if (!now?.grant?.handle || activePolicies(deps, now)?.join() !== policies.join()) continue // the grant has changed meanwhile
    // While a new policy replaces the old one, one look may miss both.
    if ((await inspect(connector, now.grant, now.grant.handle)) !== found) continue
    deps.log.warn({ grant: loaded.grant.id, found }, 'the vault holds something else than what was approved')
    await askForEnd(deps)(now.grant.id, found === 'missing' ? missingAtVault : alteredAtVault)
  }
}

/** While the vault is still to be told of more exceptions, it has the earlier policy. */
const inspect = (connector: Connector, { plan, approved, narrow, workload }: Grant, handle: Handle) =>
  connector.inspect(handle, plan, narrow ? approved?.plan : undefined, workload)

/**
 * Every name of a grant or a person, at any integration, configured or not. Several integrations may share a vault, and
 * a removed one still has live access.
 */
const knownNames = async (deps: Deps): Promise<ReadonlySet<string>> => {
  const live = await deps.store.grants({ state: 'live', limit: everyGrant })
  const accounts = await deps.store.accounts()
  const mayWork = live.filter(({ grant }) => grant && !isOverUnseen(deps, grant))
  return new Set([...mayWork.flatMap(({ grant }) => namesIn(grant?.handle)), ...accounts.map(({ name }) => name)])
}

const everyGrant = 10_000_000

/** Nobody ends a grant of an integration that is not configured, but its tokens end at their time. */
const isOverUnseen = ({ integrations, clock }: Deps, grant: Grant): boolean =>
  !integrations.has(grant.integration) &&
  'expiresAt' in grant &&
  grant.expiresAt !== undefined &&
  after(grant.expiresAt, seconds(3600)) < clock.now()

/** The policies of which one must exist; `undefined` while none must. */
const activePolicies = ({ clock }: Deps, { grant }: Loaded): readonly string[] | undefined => {
  if (grant?.state !== 'active' || grant.withdraw || grant.expiresAt <= clock.now()) return undefined
  const policies = namesIn(grant.handle)
  return policies.length > 0 ? policies : undefined
}
