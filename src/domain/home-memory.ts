import type { Identity, NewCard } from './card.ts'
import type { PersonId } from './ids.ts'
import type { Platform } from './platform.ts'
import type { Timestamp } from './time.ts'

/** A home that shows too little; `wanted` counts its changes. */
export type StaleHome = { readonly identity: Identity; readonly wanted: number }

/** What became of showing a home; `gone` forgets it until it is opened again. */
export type HomeOutcome =
  | { readonly kind: 'shown'; readonly wanted: number }
  | { readonly kind: 'failed'; readonly retryAt: Timestamp }
  | { readonly kind: 'gone' }

/** What the store remembers about homes, and who was welcomed. */
export interface HomeMemory {
  /** The person looks at their home now, so it must be shown. Forgets homes that nobody has opened since `forgetBefore`. */
  openHome(of: Identity, now: Timestamp, forgetBefore: Timestamp): Promise<void>
  /** Homes that were opened since then, have changed, and are due. */
  staleHomes(platform: Platform, openedSince: Timestamp, now: Timestamp, limit: number): Promise<readonly StaleHome[]>
  /** When the next home is due; a home opened before that moment is not. */
  nextHome(platform: Platform, openedSince: Timestamp): Promise<Timestamp | undefined>
  recordHome(of: Identity, outcome: HomeOutcome): Promise<void>
  /** Whether the person came before. */
  isWelcomed(person: PersonId): Promise<boolean>
  /** Adds the cards at the first time for the person, and nothing later. Returns whether it was the first. */
  welcome(person: PersonId, now: Timestamp, cards: readonly NewCard[]): Promise<boolean>
}
