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

export const grantsAtOnce = 16 // steps of one vault
const inHand = 1000 // claimed at a time; a thousand proofs take a few seconds, well within a claim

/** What works at one vault beside its loop: steps, cuts that go before them, and what nobody waits for. */
export type Hands = { readonly steps: Pool; readonly cuts: Pool; readonly chores: Pool }
type Claimed = Loaded & { readonly grant: Grant }
/** `until` is when the claim runs out, or a little earlier: told by the clock of this process, from before it was made. */
type InHand = { readonly claim: Claim; readonly until: Timestamp }

/**
 * Makes one vault match the rows: takes what is due and starts one step for each, which records what came of it. It waits
 * for no step, so that no early end waits for the proofs of others. While the vault cannot be used, a check of the bot's
 * rights looks whether it is back; then one grant is tried, and all others follow the first step that it answers.
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
  /** The claim on each grant in hand. A step that outlives it ends the one that was taken meanwhile. */
  const claims = new Map<GrantId, InHand>()
  const isLeft = () => isStopping() || health.isOpen(integration, deps.clock.now())
  const cutter = cutFirst(health, cuts, isLeft)
  let disarm: (() => Promise<void>) | undefined

  const step = async (connector: Connector, claimed: Claimed): Promise<void> => {
    const { id } = claimed.grant
    const held = claims.get(id)
    // It waited in the queue for so long that it is anybody's again, or it was done under a newer claim.
    if (held === undefined || held.until <= deps.clock.now()) return
    // The breaker opened meanwhile, or we are stopping: the rest is handed back untried.
    const took = isLeft() ? undefined : await takeStep(deps, connector, claimed)
    if (took) await noteHealth(health, claimed.grant, took)
    const { claim: newest } = claims.get(id) ?? held
    await recordStep(deps, id, took ? { took, claim: newest } : { untried: newest })
    claims.delete(id)
    if (took) deps.nudge() // people are told at once, not at the next look
  }

  /** Claims what is due, and says whether there was anything. */
  const take = async (connector: Connector, wake: () => void): Promise<boolean> => {
    const now = deps.clock.now()
    await expireGrants(deps, integration, now) // first, so that what is claimed is never merely due to expire
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
    if (isTroubled && steps.running() > 0) return // that step finds out
    const isChecking = !isPrepared || isTroubled
    if (isChecking) isPrepared = await prepare(deps, health, connector, isPrepared)
    if (!isPrepared) return
    while (await take(connector, wake)) {} // all that has come by now loses its rights before anything else is done
    // Nothing is owed that could be tried: the check itself was the answer.
    if (isChecking && queue.length === 0) await health.answered(integration)
    disarm ??= disarmAccounts(deps, health, connector, isLeft)
    chores.start('disarm', disarm, () => {})
    if (cutter.isBusy()) return
    for (const claimed of queue.splice(0, steps.room()))
      steps.start(claimed.grant.id, () => step(connector, claimed), wake)
  }
}

/** Only what the vault itself said or failed to say counts; a step that asked it nothing tells nothing of it. */
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

/** That its time is up needs no vault to be true: the cards say so also while it is away. */
const expireGrants = async (deps: Deps, integration: IntegrationId, now: Timestamp): Promise<void> => {
  const overdue = await deps.store.overdue(integration, now)
  const took = { kind: 'came-due' } as const
  await Promise.all(overdue.map(async ({ grant }) => grant && recordStep(deps, grant.id, { took })))
  if (overdue.length > 0) deps.nudge()
}

const handlesToEnd = (claimed: readonly Loaded[]) =>
  claimed.flatMap(({ grant }) => (grant?.state === 'revoking' && grant.handle ? [grant.handle] : []))

/** Before anything else at this vault, and when it may be back: a call that changes nothing, which names missing rights. */
const prepare = async (deps: Deps, health: Health, connector: Connector, isKnown: boolean): Promise<boolean> => {
  const { integration } = connector
  try {
    const missing = await connector.checkRights()
    for (const right of isKnown ? [] : missing) deps.log.warn({ integration, right }, 'an optional right is missing')
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.error({ integration, code: error.code, problem: error.message }, 'the vault is not as it should be')
    if (!error.transient) return true // what can be done, such as ending access, must not wait for what cannot
    await health.failed(integration, error.code)
    return false
  }
  return true
}
