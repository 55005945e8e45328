import type { GrantEvent } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import { after } from '../domain/time.ts'
import { type Claim, type Connector, ExternalError, type Loaded } from '../ports.ts'
import { disarmAccounts } from './accounts.ts'
import type { Deps } from './deps.ts'
import { takeStep } from './grant-steps.ts'
import type { Health } from './health.ts'
import { inPool } from './in-pool.ts'
import type { Pool } from './pool.ts'
import { recordStep } from './record-step.ts'

export const grantsAtOnce = 16 // steps of one vault
const inHand = 1000 // claimed at a time; a thousand proofs take a few seconds, well within a claim

type Claimed = { readonly grant: GrantId; readonly loaded: Loaded; readonly claim: Claim }

/**
 * Makes one vault match the rows: takes what is due and starts one step for each, which records what came of it. It waits
 * for no step, so that no early end waits for the proofs of others. While the vault does not answer, one grant at a time
 * finds out whether it is back.
 */
export const reconcileGrants = (
  deps: Deps,
  health: Health,
  integration: IntegrationId,
  pool: Pool,
  isStopping: () => boolean,
) => {
  let isPrepared = false
  const queue: Claimed[] = []
  /** The newest claim of each: a step that outlives its own ends the one that was taken meanwhile. */
  const claims = new Map<GrantId, Claim>()
  const isLeft = () => isStopping() || health.isOpen(integration, deps.clock.now())

  const step = async (connector: Connector, { grant, loaded, claim }: Claimed): Promise<void> => {
    if (claim <= deps.clock.now()) return // it waited in the queue for so long that it is anybody's again
    // Opened meanwhile: the rest is handed back, not tried one by one against a vault that is away. So it is at a stop.
    const event = isLeft() ? undefined : await takeStep(deps, connector, loaded)
    await noteHealth(health, integration, event)
    await recordStep(deps, grant, event, claims.get(grant))
    claims.delete(grant)
    if (event) deps.nudge() // people are told at once, not at the next look
  }

  /** Claims what is due, and says whether there was anything. */
  const take = async (connector: Connector): Promise<boolean> => {
    const now = deps.clock.now()
    const limit = health.isTroubled(integration) ? 1 - pool.running() : inHand
    const room = limit - queue.length
    if (room <= 0 || isLeft()) return false
    const claim = after(now, deps.settings.claim)
    const claimed = await deps.store.claimGrants(integration, now, claim, room)
    for (const loaded of claimed) {
      if (!loaded.grant) continue
      queue.push({ grant: loaded.grant.id, loaded, claim })
      claims.set(loaded.grant.id, claim)
    }
    if (queue.length > grantsAtOnce) await cutFirst(connector, claimed)
    return claimed.length > 0
  }

  return async (wake: () => void): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    await expireGrants(deps, integration)
    isPrepared ||= await prepare(deps, health, connector)
    if (!isPrepared) return
    while (await take(connector)) {} // all that has come by now loses its rights before anything else is done
    for (const claimed of queue.splice(0, pool.room())) pool.start(claimed.grant, () => step(connector, claimed), wake)
  }
}

const noteHealth = async (health: Health, integration: IntegrationId, event: GrantEvent | undefined) => {
  if (event?.kind === 'failed' && event.transient) health.failed(integration, event.code)
  else if (event && event.kind !== 'came-due') await health.answered(integration) // that asks no vault
}

/** That its time is up needs no vault to be true: the cards say so also while it is away. */
const expireGrants = async (deps: Deps, integration: IntegrationId): Promise<void> => {
  const overdue = await deps.store.overdue(integration, deps.clock.now())
  await Promise.all(overdue.map(({ grant }) => recordStep(deps, grant?.id, { kind: 'came-due' })))
  if (overdue.length > 0) deps.nudge()
}

/** When more end than are proved at a time, all lose their rights before they are proved (decision 12). */
const cutFirst = async (connector: Connector, claimed: readonly Loaded[]): Promise<void> => {
  const handles = claimed.flatMap(({ grant }) => (grant?.state === 'revoking' && grant.handle ? [grant.handle] : []))
  await inPool(handles, grantsAtOnce, (handle) => connector.cut(handle).catch(() => {})) // the step itself tells of failures
}

/** Before anything else at this vault: what a killed process left armed is disarmed, and missing rights are named. */
const prepare = async (deps: Deps, health: Health, connector: Connector): Promise<boolean> => {
  const { integration } = connector
  if (health.isOpen(integration, deps.clock.now())) return false
  try {
    await disarmAccounts(deps, connector)
    const missing = await connector.checkRights()
    for (const right of missing) deps.log.warn({ integration, right }, 'an optional right is missing')
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.error({ integration, code: error.code, problem: error.message }, 'the vault is not as it should be')
    if (!error.transient) return true // what can be done, such as ending access, must not wait for what cannot
    health.failed(integration, error.code)
    return false
  }
  return true
}
