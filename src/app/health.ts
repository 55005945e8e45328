import { backoff, type Trouble } from '../domain/grant.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { after, type Timestamp } from '../domain/time.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import type { Deps } from './deps.ts'

/** Whether each vault answers: a circuit breaker, so that a dead one costs nobody else anything. */
export type Health = {
  /** The vault is left alone until its next try. */
  isOpen(integration: IntegrationId, now: Timestamp): boolean
  isTroubled(integration: IntegrationId): boolean
  trouble(integration: IntegrationId): (Trouble & { readonly next: Timestamp }) | undefined
  failed(integration: IntegrationId, code: string): void
  /** Any answer closes the breaker; people whose access waited are told once, not in a burst. */
  answered(integration: IntegrationId): Promise<void>
  nextTry(): Timestamp | undefined
}

const threshold = 3 // failures in a row before the breaker opens: one lost packet is no outage

export const newHealth = (deps: Deps): Health => {
  const troubled = new Map<IntegrationId, Trouble & { next: Timestamp; failures: number }>()
  const isOpenState = (entry: { failures: number } | undefined) => entry !== undefined && entry.failures >= threshold
  return {
    isOpen: (integration, now) => {
      const entry = troubled.get(integration)
      return entry !== undefined && isOpenState(entry) && entry.next > now
    },
    isTroubled: (integration) => isOpenState(troubled.get(integration)),
    trouble: (integration) => {
      const entry = troubled.get(integration)
      return isOpenState(entry) ? entry : undefined
    },
    failed: (integration, code) => {
      const now = deps.clock.now()
      const before = troubled.get(integration)
      const failures = (before?.failures ?? 0) + 1
      const next = after(now, backoff(Math.min(failures, 5)))
      troubled.set(integration, { since: before?.since ?? now, code, failures, next })
      if (failures !== threshold) return
      deps.log.warn({ integration, code }, 'the vault does not answer')
      deps.nudge() // those who wait are told why
    },
    answered: async (integration) => {
      const before = troubled.get(integration)
      troubled.delete(integration)
      if (!before || before.failures < threshold) return
      deps.log.info({ integration, since: before.since }, 'the vault answers again')
      await tellOnce(deps, integration, before.since)
    },
    nextTry: () => {
      const open = [...troubled.values()].filter(isOpenState).map(({ next }) => next)
      return open.length > 0 ? open.reduce((least, next) => (next < least ? next : least)) : undefined
    },
  }
}

const tellOnce = async (deps: Deps, integration: IntegrationId, since: Timestamp): Promise<void> => {
  const owners = deps.catalogue.get(integration)?.integration.owners ?? []
  const waiting = (await deps.store.liveAt(integration)).filter(({ grant }) => grant?.trouble !== undefined)
  const notice = { about: 'vault-back', integration, since, count: waiting.length } as const
  const people = new Set([...peopleIn(deps, owners), ...waiting.map(({ request }) => request.requester)])
  await deps.store.addCards([...people].flatMap((person) => cardsTo(deps, person, { audience: 'notice', notice })))
}
