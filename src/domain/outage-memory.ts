import type { NewCard } from './card.ts'
import type { Trouble } from './grant.ts'
import type { IntegrationId } from './ids.ts'

/** A vault that is away. */
export type Outage = Pick<Trouble, 'since' | 'code'> & { readonly integration: IntegrationId }

/** What the store remembers about outages. */
export type OutageMemory = {
  /** Outages whose end nobody was told yet. */
  outages(): Promise<readonly Outage[]>
  /** Notes an outage until `endOutage`; the first note stays. */
  beginOutage(integration: IntegrationId, trouble: Pick<Trouble, 'since' | 'code'>): Promise<void>
  /** Deletes the outage and stores the news of its end, both or neither; `false` when another process has ended it. */
  endOutage(integration: IntegrationId, cards: readonly NewCard[]): Promise<boolean>
}
