import type { Grant, GrantEvent } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import type { Claim } from '../domain/lease-memory.ts'
import { evidenceOf } from '../domain/outage.ts'
import { after, type Timestamp } from '../domain/time.ts'
import { type Connector, ExternalError, type Loaded } from '../ports.ts'
import { cutFirst } from './cut-first.ts'
import type { Deps } from './deps.ts'
import { disarmAccounts } from './disarm-accounts.ts'
import { takeStep } from './grant-steps.ts'
import type { Health } from './health.ts'
import type { Pool } from './pool.ts'
import { recordStep } from './record-step.ts'

export const grantsAtOnce = 16 // running steps per vault
const inHand = 1000 // claimed at a time; a thousand proofs take a few seconds, well within a claim

/** The work at one vault beside its loop: steps, their cuts, and background chores. */
export type Hands = { readonly steps: Pool; readonly cuts: Pool; readonly chores: Pool }
type Claimed = Loaded & { readonly grant: Grant }
/** `until` is the end of the claim or slightly earlier, by this process's clock before the claim was made. */
type InHand = { readonly claim: Claim; readonly until: Timestamp }

/**
 * Makes one vault match the rows: claims due grants and starts one step for each, which records its result. It waits
 * for no step, so that early ends do not wait for other proofs. While the vault is away, a check of rights tests it.
 * Then one grant is tried, and the others follow the first answered step.
 */
export const reconcileGrants = (
  deps: Deps,
  health: Health,
  integration: IntegrationId,
  { steps, cuts, chores }: Hands,
  isStopping: () => boolean,
) => {
  let isPrepared = false
  const queue: Claimed[] = []
  /** The newest claim on each grant in hand: a step that outlives its claim ends the newer one. */
  const claims = new Map<GrantId, InHand>()
  const isLeft = () => isStopping() || health.isOpen(integration, deps.clock.now())
  const cutter = cutFirst(health, cuts, isLeft)
  let disarm: (() => Promise<void>) | undefined

  const step = async (connector: Connector, claimed: Claimed): Promise<void> => {
    const { id } = claimed.grant
    const held = claims.get(id)
    // The grant waited in the queue until its claim ran out, or was done under a newer claim.
    if (held === undefined || held.until <= deps.clock.now()) return
    // The breaker opened, or we are stopping: hand the rest back untried.
    const took = isLeft() ? undefined : await takeStep(deps, connector, claimed)
    if (took) await noteHealth(health, claimed.grant, took)
    const { claim: newest } = claims.get(id) ?? held
    await recordStep(deps, id, took ? { took, claim: newest } : { untried: newest })
    // A still newer claim belongs to the grant's next place in the queue.
    if (claims.get(id)?.claim === newest) claims.delete(id)
    if (took) deps.nudge() // so that people are told at once
  }

  /** Claims due grants; returns whether there were any. */
  const take = async (connector: Connector, wake: () => void): Promise<boolean> => {
    const now = deps.clock.now()
    const limit = health.isTroubled(integration) ? 1 - steps.running() : inHand
    const room = limit - queue.length
    if (room <= 0 || isLeft()) return false
    const until = after(now, deps.settings.claim)
    const { claim, things: claimed } = await deps.store.claimGrants(integration, now, deps.settings.claim, room)
    for (const { request, grant } of claimed) {
      if (!grant) continue
      queue.push({ request, grant })
      claims.set(grant.id, { claim, until })
    }
    if (queue.length > grantsAtOnce) cutter.add(connector, handlesToEnd(claimed), wake)
    return claimed.length > 0
  }

  return async (wake: () => void): Promise<void> => {
    const connector = deps.integrations.get(integration)?.connector
    if (!connector) return
    await expireGrants(deps, integration, deps.clock.now())
    if (isLeft()) return
    const isTroubled = health.isTroubled(integration)
    if (isTroubled && steps.running() > 0) return // that step finds out whether the vault is back
    const isChecking = !isPrepared || isTroubled
    if (isChecking) isPrepared = await prepare(deps, health, connector, isPrepared)
    if (!isPrepared) return
    // All due grants lose their rights before anything else.
    while (await take(connector, wake)) await expireGrants(deps, integration, deps.clock.now())
    // No step can be tried, so the check itself counts as the answer.
    if (isChecking && queue.length === 0) await health.answered(integration)
    disarm ??= disarmAccounts(deps, health, connector, isLeft)
    chores.start('disarm', disarm, () => {})
    if (cutter.isBusy()) return
    for (const claimed of queue.splice(0, steps.room())) {
      const isStarted = steps.start(claimed.grant.id, () => step(connector, claimed), wake)
      if (!isStarted) queue.push(claimed) // until the running step is done, which wakes this loop
    }
  }
}

/** Only the vault's own answer or silence counts; a step without a call proves nothing. */
const noteHealth = async (health: Health, grant: Grant, event: GrantEvent): Promise<void> => {
  const { integration } = grant
  if (event.kind === 'failed') {
    const evidence = evidenceOf(event.code)
    if (evidence === 'outage') await health.failed(integration, event.code)
    if (evidence === 'illness') await health.failed(integration, event.code, grant.id)
    if (evidence === 'answer') await health.answered(integration)
  } else if (event.kind !== 'revoked' || grant.handle) {
    await health.answered(integration)
  }
}

/** Expires overdue grants, which needs no vault: the cards say so even while it is away. */
const expireGrants = async (deps: Deps, integration: IntegrationId, now: Timestamp): Promise<void> => {
  const overdue = await deps.store.overdue(integration, now)
  const took = { kind: 'came-due' } as const
  await Promise.all(overdue.map(async ({ grant }) => grant && recordStep(deps, grant.id, { took })))
  if (overdue.length > 0) deps.nudge()
}

const handlesToEnd = (claimed: readonly Loaded[]) =>
  claimed.flatMap(({ grant }) => (grant?.state === 'revoking' && grant.handle ? [grant.handle] : []))

/** Runs first at this vault, and when it may be back: a call without effect that names missing rights. */
const prepare = async (deps: Deps, health: Health, connector: Connector, isKnown: boolean): Promise<boolean> => {
  const { integration } = connector
  try {
    const missing = await connector.checkRights()
    for (const right of isKnown ? [] : missing) deps.log.warn({ integration, right }, 'an optional right is missing')
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.error({ integration, code: error.code, problem: error.message }, 'the vault is not as it should be')
    if (!error.transient) return true // possible work, such as ending access, must not wait for the impossible
    await health.failed(integration, error.code)
    return false
  }
  return true
}
