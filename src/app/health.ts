import { backoff } from '../domain/backoff.ts'
import type { Trouble } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import { isSameTrouble, isSilence } from '../domain/outage.ts'
import { after, type Timestamp } from '../domain/time.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'

/**
 * A circuit breaker for each vault, so that a dead one costs the others nothing. An outage is a row from its discovery
 * until people were told of its end, so no kill loses it.
 */
export type Health = {
  /** Resumes the outages of a former process; the first good answer ends them. */
  resume(): Promise<void>
  /** Follows other processes: takes over the outages that they noted, and the ends that they told. */
  follow(): Promise<void>
  /** Whether the vault is left alone until its next try. */
  isOpen(integration: IntegrationId, now: Timestamp): boolean
  isTroubled(integration: IntegrationId): boolean
  trouble(integration: IntegrationId): (Trouble & { readonly next: Timestamp }) | undefined
  /**
   * A call failed as if the vault were away. With `grant`, the fault may be the grant's own, and counts once for it.
   */
  failed(integration: IntegrationId, code: string, grant?: GrantId): Promise<void>
  /** The vault answered a call. Closes the breaker, and tells the waiting people once. */
  answered(integration: IntegrationId): Promise<void>
  /** The time of the next try at one of these vaults. */
  nextTry(integrations: readonly IntegrationId[]): Timestamp | undefined
}

/** Health is created before the other dependencies, because they report what it knows. */
type HealthDeps = Omit<Deps, 'troubleAt'>
type Entry = Trouble & { readonly next: Timestamp; readonly failures: number; readonly ill: ReadonlySet<GrantId> }

const threshold = 3 // failures in a row before the breaker opens: one lost packet is no outage

export const newHealth = (deps: HealthDeps): Health => {
  const troubled = new Map<IntegrationId, Entry>()
  const open = (integration: IntegrationId): Entry | undefined => {
    const entry = troubled.get(integration)
    return entry && countOf(entry) >= threshold ? entry : undefined
  }
  const beginning = new Set<IntegrationId>()
  const follow = async () => {
    const outages = await deps.store.outages()
    for (const { integration, since, code } of outages) {
      const entry = { since, code, next: deps.clock.now(), failures: threshold, ill: new Set<GrantId>() }
      if (deps.integrations.has(integration) && !open(integration)) troubled.set(integration, entry)
    }
    for (const integration of troubled.keys()) {
      const isNoted = outages.some((outage) => outage.integration === integration)
      if (open(integration) && !isNoted && !beginning.has(integration)) troubled.delete(integration)
    }
    return outages
  }
  return {
    resume: async () => {
      for (const { integration } of await follow()) {
        if (!deps.integrations.has(integration)) await deps.store.endOutage(integration, [])
      }
    },
    follow: async () => void (await follow()),
    isOpen: (integration, now) => (open(integration)?.next ?? now) > now,
    isTroubled: (integration) => open(integration) !== undefined,
    trouble: open,
    failed: async (integration, code, grant) => {
      const before = troubled.get(integration)
      const wasOpen = open(integration) !== undefined
      const entry = worse(before, code, grant, deps.clock.now())
      troubled.set(integration, entry)
      if (wasOpen || countOf(entry) < threshold) return
      const message = isSilence(code) ? 'the vault does not answer' : 'the vault cannot be used'
      deps.log.warn({ integration, code }, message)
      beginning.add(integration)
      try {
        await deps.store.beginOutage(integration, { since: entry.since, code })
      } catch (error) {
        // The next failure writes the row, unless the vault answers first.
        if (before && troubled.has(integration)) troubled.set(integration, before)
        throw error
      } finally {
        beginning.delete(integration)
      }
      deps.nudge() // so that waiting people learn the reason
    },
    answered: async (integration) => {
      const before = open(integration)
      troubled.delete(integration)
      if (!before) return
      deps.log.info({ integration, since: before.since, code: before.code }, 'the vault answers again')
      try {
        await deps.store.endOutage(integration, await newsOf(deps, integration, before))
      } catch (error) {
        troubled.set(integration, before) // it is told after the next answer
        throw error
      }
      deps.nudge()
    },
    nextTry: (integrations) => {
      const moments = integrations.flatMap((integration) => open(integration)?.next ?? [])
      return moments.length > 0 ? moments.reduce((least, next) => (next < least ? next : least)) : undefined
    },
  }
}

const countOf = ({ failures, ill }: Entry): number => failures + ill.size

const worse = (before: Entry | undefined, code: string, grant: GrantId | undefined, now: Timestamp): Entry => {
  const failures = (before?.failures ?? 0) + (grant === undefined ? 1 : 0)
  const ill = new Set([...(before?.ill ?? []), ...(grant === undefined ? [] : [grant])])
  const isSame = before !== undefined && isSameTrouble(before.code, code)
  const { since } = before ?? { since: now }
  const next = after(now, backoff(Math.min(failures + ill.size, 5)))
  return { since, code: isSame ? before.code : code, failures, ill, next }
}

/** News for the owners, and for everybody whose access waited. */
const newsOf = async (deps: HealthDeps, integration: IntegrationId, { since, code }: Trouble) => {
  const owners = deps.integrations.get(integration)?.integration.owners ?? []
  const waiting = (await deps.store.liveAt(integration)).filter(({ grant }) => grant?.trouble !== undefined)
  const notice = { about: 'vault-back', integration, since, count: waiting.length, code } as const
  const people = new Set([...peopleIn(deps, owners), ...waiting.map(({ request }) => request.requester)])
  return [...people].flatMap((person) => cardsTo(deps, person, { audience: 'notice', notice }))
}
