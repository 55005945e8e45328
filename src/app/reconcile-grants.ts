import type { GrantEvent } from '../domain/grant.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { after } from '../domain/time.ts'
import { type Claim, type Connector, ExternalError, type Loaded } from '../ports.ts'
import { disarmAccounts } from './accounts.ts'
import type { Deps } from './deps.ts'
import { takeStep } from './grant-steps.ts'
import type { Health } from './health.ts'
import { inPool } from './in-pool.ts'
import { recordStep } from './record-step.ts'

const inFlight = 16
const inHand = 1000 // claimed at a time; a thousand proofs take a few seconds, well within a claim

type Claimed = { readonly loaded: Loaded; readonly claim: Claim }

/**
 * Makes one vault match the rows: takes what is due, does one step for each, records what came of it. What comes due
 * meanwhile is taken as well, so that no early end waits for the proofs of others. While the vault does not answer, one
 * grant at a time finds out whether it is back.
 */
export const reconcileGrants = (
  deps: Deps,
  health: Health,
  integration: IntegrationId,
  isStopping: () => boolean = () => false,
) => {
  let isPrepared = false
  const isLeft = () => isStopping() || health.isOpen(integration, deps.clock.now())

  const step = async (connector: Connector, { loaded, claim }: Claimed): Promise<void> => {
    // Opened meanwhile: the rest is handed back, not tried one by one against a vault that is away. So it is at a stop.
    const event = isLeft() ? undefined : await takeStep(deps, connector, loaded)
    await noteHealth(health, integration, event)
    await recordStep(deps, loaded.grant?.id, event, claim)
    if (event) deps.nudge() // people are told at once, not at the next look
  }

  const work = async (connector: Connector): Promise<void> => {
    const queue: Claimed[] = []
    const running = new Set<Promise<void>>()
    /** Whether there was anything. */
    const take = async (): Promise<boolean> => {
      const now = deps.clock.now()
      const isAlone = health.isTroubled(integration)
      const room = isAlone ? 1 - queue.length - running.size : inHand - queue.length
      if (room <= 0 || isLeft()) return false
      const claim = after(now, deps.settings.claim)
      const claimed = await deps.store.claimGrants(integration, now, claim, room)
      queue.push(...claimed.map((loaded) => ({ loaded, claim })))
      if (queue.length > inFlight) await cutFirst(connector, claimed)
      return claimed.length > 0
    }
    for (;;) {
      while (await take()) {} // all that has come by now loses its rights before anything else is done
      for (const claimed of queue.splice(0, inFlight - running.size)) {
        const done = step(connector, claimed).finally(() => running.delete(done))
        running.add(done)
      }
      if (running.size === 0) return
      await Promise.race(running)
    }
  }

  return async (): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    await expireGrants(deps, integration)
    isPrepared ||= await prepare(deps, health, connector)
    if (isPrepared) await work(connector)
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
  await inPool(handles, inFlight, (handle) => connector.cut(handle).catch(() => {})) // the step itself tells of failures
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
