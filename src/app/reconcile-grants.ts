import { type AuditEvent, system } from '../domain/audit-event.ts'
import { evolve, type Grant, type GrantEvent, maxAttempts, nextStep, type Proof } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import { after } from '../domain/time.ts'
import { type Connector, ExternalError, type Loaded, type NewCard } from '../ports.ts'
import { disarmAccounts, withAccount } from './accounts.ts'
import { cardsTo, noticeToOwners } from './cards-for.ts'
import { type Deps, untilCommitted } from './deps.ts'
import type { Health } from './health.ts'
import { orderOf } from './redeem-fetch-link.ts'

const inFlight = 16
const atOnce = 1000 // claimed together; a thousand proofs take a few seconds, well within a claim

/**
 * Makes one vault match the rows: takes what is due, does one step for each, records what came of it. A failure is an
 * event, not an exception. While the vault does not answer, one grant at a time finds out whether it is back.
 */
export const reconcileGrants = (
  deps: Deps,
  health: Health,
  integration: IntegrationId,
  isStopping: () => boolean = () => false,
) => {
  let isPrepared = false
  return async (): Promise<void> => {
    const connector = deps.catalogue.get(integration)?.connector
    if (!connector) return
    await expireGrants(deps, integration)
    isPrepared ||= await prepare(deps, health, connector)
    if (!isPrepared) return
    for (;;) {
      const now = deps.clock.now()
      if (isStopping() || health.isOpen(integration, now)) return
      const limit = health.isTroubled(integration) ? 1 : atOnce
      const claimed = await deps.store.claimGrants(integration, now, after(now, deps.settings.claim), limit)
      if (claimed.length === 0) return
      await cutFirst(connector, claimed)
      await inPool(claimed, inFlight, async (loaded) => {
        // Opened meanwhile: the rest is handed back, not tried one by one against a vault that is away. So it is at a stop.
        const isLeft = isStopping() || health.isOpen(integration, deps.clock.now())
        const event = isLeft ? undefined : await attempt(deps, connector, loaded)
        if (event?.kind === 'failed' && event.transient) await health.failed(integration, event.code)
        else if (event && event.kind !== 'came-due') await health.answered(integration) // that asks no vault
        await record(deps, loaded.grant?.id, event)
        if (event) deps.nudge() // people are told at once, not at the next look
      })
    }
  }
}

/** That its time is up needs no vault to be true: the cards say so also while it is away. */
const expireGrants = async (deps: Deps, integration: IntegrationId): Promise<void> => {
  const overdue = await deps.store.overdue(integration, deps.clock.now())
  for (const { grant } of overdue) await record(deps, grant?.id, { kind: 'came-due' })
  if (overdue.length > 0) deps.nudge()
}

/** When more end than are proved at a time, all lose their rights before the first proof (decision 12). */
const cutFirst = async (connector: Connector, claimed: readonly Loaded[]): Promise<void> => {
  const handles = claimed.flatMap(({ grant }) => (grant?.state === 'revoking' && grant.handle ? [grant.handle] : []))
  if (handles.length <= inFlight) return
  await inPool(handles, inFlight, (handle) => connector.cut(handle).catch(() => {})) // the step itself tells of failures
}

const inPool = async <T>(items: readonly T[], size: number, work: (item: T) => Promise<void>): Promise<void> => {
  const queue = items.values()
  await Promise.all(
    Array.from({ length: size }, async () => {
      for (const item of queue) await work(item)
    }),
  )
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
    await health.failed(integration, error.code)
    return false
  }
  return true
}

const attempt = async (deps: Deps, connector: Connector, { grant }: Loaded): Promise<GrantEvent | undefined> => {
  if (!grant) return undefined
  const now = deps.clock.now()
  try {
    switch (nextStep(grant, now)) {
      case 'provision':
        return await provision(deps, connector, grant)
      case 'withdraw':
        return await withdraw(deps, connector, grant)
      case 'expire':
        return { kind: 'came-due' }
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

const provision = (deps: Deps, connector: Connector, grant: Grant): Promise<GrantEvent | undefined> =>
  withAccount(deps, connector, grant.person, async (account) => {
    const fresh = await reload(deps, grant.id)
    if (fresh?.state !== 'provisioning') return undefined
    const handle = connector.draw(grant.id, fresh.handle)
    await deps.store.saveHandle(grant.id, handle)
    await connector.provision({ ...orderOf(fresh, account), handle, until: after(deps.clock.now(), grant.duration) })
    return { kind: 'provisioned', handle }
  })

const withdraw = (deps: Deps, connector: Connector, grant: Grant): Promise<GrantEvent | undefined> =>
  withAccount(deps, connector, grant.person, async (account) => {
    const fresh = await reload(deps, grant.id)
    if (fresh?.state !== 'active' || !fresh.withdraw) return undefined
    const handle = await connector.withdraw({ ...orderOf(fresh, account), until: fresh.expiresAt })
    await deps.store.saveHandle(grant.id, handle)
    return { kind: 'withdrawn' }
  })

/** Early ends are always proved the strong way, planned ones by sample: there the token's own TTL ends as well. */
const revoke = async (deps: Deps, connector: Connector, grant: Grant): Promise<Proof> => {
  const started = deps.clock.now()
  if (!grant.handle) return { means: 'readback', at: started, latency: 0 } // no name was ever drawn: nothing to end
  const isPlanned = grant.state === 'revoking' && grant.because === 'expired'
  const isThorough = !isPlanned || deps.random() < deps.settings.provedShare
  return withAccount(deps, connector, grant.person, async (account) => {
    const fresh = (await reload(deps, grant.id)) ?? grant
    const until = 'expiresAt' in fresh && fresh.expiresAt ? fresh.expiresAt : started
    return connector.revoke({ ...orderOf(fresh, account), until }, isThorough)
  })
}

const reload = async (deps: Deps, id: GrantId) => (await deps.store.requestOfGrant(id))?.grant

const record = async (deps: Deps, id: GrantId | undefined, event: GrantEvent | undefined): Promise<void> => {
  if (!id) return
  await untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant) return 'committed'
    const { request, grant: before } = loaded
    const now = deps.clock.now()
    // Handed back untried, it has used up no try.
    const grant = event ? evolve(before, event, now) : { ...before, attempts: Math.max(0, before.attempts - 1) }
    const audit = event ? auditOf(loaded, event, grant, now) : []
    const cards = event ? cardsOf(deps, loaded, event, grant) : []
    return deps.store.commit({ request, grant, audit, cards, release: true })
  })
}

const auditOf = (
  { request, grant: before }: Loaded,
  event: GrantEvent,
  grant: Grant,
  at: AuditEvent['at'],
): readonly AuditEvent[] => {
  const about = { at, actor: system, integration: request.integration, request: request.id, grant: grant.id }
  switch (event.kind) {
    case 'provisioned':
      return [{ ...about, kind: 'access-provisioned', detail: { plan: grant.plan.hash } }]
    case 'came-due':
      return [{ ...about, kind: 'access-ending', detail: { because: 'expired' } }]
    case 'revoked':
      if (grant.state !== 'ended' || before?.state === 'ended') return []
      return [
        {
          ...about,
          kind: 'access-ended',
          detail: { because: grant.because, means: event.proof.means, latency: event.proof.latency },
        },
      ]
    case 'withdrawn':
      return [{ ...about, kind: 'credential-withdrawn', detail: {} }]
    case 'failed':
      return [
        {
          ...about,
          kind: 'access-step-failed',
          detail: { code: event.code, state: grant.state, attempts: grant.attempts },
        },
      ]
    case 'revoke-asked':
    case 'withdraw-asked':
      return []
    default:
      return event satisfies never
  }
}

/**
 * Access that begins, never does or is taken away is told in a new message; an end that cannot be proved alerts its
 * owners, an early one at once.
 */
const cardsOf = (
  deps: Deps,
  { request, grant: before }: Loaded,
  event: GrantEvent,
  grant: Grant,
): readonly NewCard[] => {
  if (event.kind === 'provisioned' && before?.state === 'provisioning') {
    return cardsTo(deps, request.requester, { request: request.id, audience: 'access' })
  }
  const wasTaken = event.kind === 'revoked' && grant.state === 'ended' && grant.because === 'revoked'
  const neverCame = event.kind === 'failed' && grant.state === 'revoking' && before?.state === 'provisioning'
  if (wasTaken || neverCame) return cardsTo(deps, request.requester, { request: request.id, audience: 'outcome' })
  if (event.kind !== 'failed' || grant.state !== 'revoking') return []
  const isToldAlready = before?.trouble !== undefined && grant.because !== 'provision-failed'
  const isFirstAlert =
    grant.because === 'expired' ? grant.attempts === maxAttempts : grant.attempts === 1 && !isToldAlready
  return isFirstAlert ? noticeToOwners(deps, request, { about: 'not-revoked', code: event.code }) : []
}
