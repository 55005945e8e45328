import { namesIn } from '../domain/connector.ts'
import { type Grant, type GrantEvent, nextStep, type Proof } from '../domain/grant.ts'
import type { GrantId } from '../domain/ids.ts'
import { after } from '../domain/time.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import { checkHolders } from './check-holders.ts'
import type { Deps } from './deps.ts'
import { mayHold } from './may-hold.ts'
import { orderOf } from './orders.ts'
import { alteredAtVault, askForEnd, missingAtVault } from './revoke-grant.ts'
import { claimLost, type HeldAccount, withAccount } from './with-account.ts'
import { settleWithdrawal } from './withdraw-credential.ts'

/**
 * Takes the grant's due step at the vault. A failure is an event, not an exception; `undefined` means that nothing was
 * due.
 */
export const takeStep = async (deps: Deps, connector: Connector, loaded: Loaded): Promise<GrantEvent | undefined> => {
  const { grant } = loaded
  if (!grant) return undefined
  const now = deps.clock.now()
  try {
    switch (nextStep(grant, now)) {
      case 'provision':
        if (mayHold(deps, loaded)) return await provision(deps, connector, grant)
        await checkHolders(deps)() // this ends the grant, or holds its end back
        return undefined
      case 'withdraw':
        return await withdraw(deps, connector, grant)
      case 'narrow':
        return await narrow(deps, connector, grant)
      case 'expire': // it came due after its claim: the next check of overdue grants records that
        return undefined
      case 'revoke':
        return { kind: 'revoked', proof: await revoke(deps, connector, grant) }
      default:
        return undefined
    }
  } catch (error) {
    const known = error instanceof ExternalError
    if (!known) deps.log.error({ grant: grant.id, error: String(error) }, 'a step failed unexpectedly')
    return { kind: 'failed', transient: known ? error.transient : true, code: known ? error.code : 'unexpected' }
  }
}

const provision = (deps: Deps, connector: Connector, grant: Grant): Promise<GrantEvent | undefined> => {
  const give = async ({ account, held }: HeldAccount): Promise<GrantEvent | undefined> => {
    const fresh = await reload(deps, grant.id)
    if (fresh?.state !== 'provisioning') return undefined
    const handle = connector.draw(grant.id, fresh.handle)
    if (!(await deps.store.saveHandle(grant.id, handle, held))) throw claimLost()
    const until = after(deps.clock.now(), grant.duration)
    const lasts = await connector.provision({ ...orderOf(fresh, account), handle, until })
    return { kind: 'provisioned', handle, ...(lasts !== undefined && { lasts }) }
  }
  return withAccount(deps, connector, grant.person, give, true)
}

const withdraw = (deps: Deps, connector: Connector, grant: Grant): Promise<GrantEvent | undefined> =>
  withAccount(deps, connector, grant.person, async (holding) => {
    const fresh = await reload(deps, grant.id)
    if (fresh?.state !== 'active' || !fresh.withdraw) return undefined
    const { proof } = await settleWithdrawal(deps, connector, fresh, holding)
    return proof && { kind: 'noted' }
  })

/** Rewrites the live policy. Nothing is made again: what somebody else removed or changed there ends the access. */
const narrow = (deps: Deps, connector: Connector, grant: Grant): Promise<GrantEvent | undefined> =>
  withAccount(deps, connector, grant.person, async ({ account }) => {
    const fresh = await reload(deps, grant.id)
    if (fresh?.state !== 'active' || !fresh.narrow) return undefined
    try {
      // Without a name at the vault, the next credential gets the narrower policy.
      if (namesIn(fresh.handle).length > 0)
        await connector.narrow({ ...orderOf(fresh, account), until: fresh.expiresAt })
    } catch (error) {
      const wish = error instanceof ExternalError ? removedOrChanged.get(error.code) : undefined
      if (!wish) throw error
      await askForEnd(deps)(grant.id, wish)
      return undefined
    }
    return { kind: 'narrowed', plan: fresh.plan.hash }
  })

const removedOrChanged = new Map([
  ['missing-at-vault', missingAtVault],
  ['policy-differs', alteredAtVault],
])

/** Early ends always get the strong proof. Planned ends get it by sample, because the token's own TTL ends them too. */
const revoke = async (deps: Deps, connector: Connector, grant: Grant): Promise<Proof> => {
  const started = deps.clock.now()
  if (!grant.handle) return { means: 'readback', at: started, latency: 0 } // no name was drawn, so there is nothing to end
  const isPlanned = grant.state === 'revoking' && grant.because === 'expired'
  const isThorough = !isPlanned || deps.random() < deps.settings.provedShare
  return withAccount(deps, connector, grant.person, async ({ account }) => {
    const fresh = (await reload(deps, grant.id)) ?? grant
    const until = 'expiresAt' in fresh && fresh.expiresAt ? fresh.expiresAt : started
    return connector.revoke({ ...orderOf(fresh, account), until }, isThorough)
  })
}

const reload = async (deps: Deps, id: GrantId) => (await deps.store.requestOfGrant(id))?.grant
