import type { AdaptiveCard } from './cards.ts'

/** A message as everybody gets it; a card in its place for one person is not part of it. */
export type TeamsMessage = {
  conversation: string
  /** The activity id: digits, milliseconds since 1970. */
  id: string
  /** The `29:…` or `28:…` id of the author. */
  author: string
  text: string
  /** How the text is written: a subset of Markdown by default. */
  textFormat: 'markdown' | 'plain'
  /** What notifications show. */
  summary: string | undefined
  cards: readonly AdaptiveCard[]
  /** The message that it answers. */
  replyToId: string | undefined
  /** 1 at first, plus one for each edit. */
  version: number
  sentAt: number
}
