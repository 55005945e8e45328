import type { AdaptiveCard } from './cards.ts'
import type { TeamsMessage } from './messages.ts'
import { newSheet, type Sheet } from './sheet.ts'

/** From where a person starts a message extension. */
export type ExtensionPlace = 'compose' | 'commandBox' | 'message'

/** Where the answer of a dialog goes. */
export type DialogSource =
  | { kind: 'task'; conversation: string; message: TeamsMessage | undefined }
  | {
      kind: 'extension'
      conversation: string
      message: TeamsMessage | undefined
      command: string
      from: ExtensionPlace
    }

/** The open dialog of one person; Teams shows one at a time. */
export type Dialog = {
  title: string
  width: unknown
  height: unknown
  sheet: Sheet
  source: DialogSource
  trouble: string
}

/** Words that one person sees: the answer to an action, or Teams' own line about a failed one. */
export type Notice = {
  id: string
  conversation: string
  /** The message of the used card. */
  message: string | undefined
  text: string
  at: number
  /** A line of Teams itself about an app that failed. */
  isFailure: boolean
}

/** What one person's client shows beyond what everybody gets. */
export type Screen = {
  dialog: Dialog | undefined
  notices: Notice[]
  /** The card in the place of the message's own, until the message is edited. */
  inPlace(message: TeamsMessage): AdaptiveCard | undefined
  putInPlace(message: TeamsMessage, card: AdaptiveCard): void
  /** The client starts anew: cards in place live in one client only (page `user-specific-views`). */
  forget(message: TeamsMessage): void
  /** The cards of a message as this person sees them, with what is typed there. */
  sheets(message: TeamsMessage): Sheet[]
  /** When the card was asked for anew last. */
  refreshedAt: Map<string, number>
}

/** An empty screen. */
export function createScreen(): Screen {
  const placed = new Map<string, { card: AdaptiveCard; version: number }>()
  const sheets = new Map<string, { of: string; sheets: Sheet[] }>()
  const keyOf = ({ conversation, id }: TeamsMessage) => `${conversation} ${id}`
  const screen: Screen = {
    dialog: undefined,
    notices: [],
    refreshedAt: new Map(),
    inPlace(message) {
      const found = placed.get(keyOf(message))
      return found?.version === message.version ? found.card : undefined
    },
    putInPlace(message, card) {
      placed.set(keyOf(message), { card, version: message.version })
      sheets.delete(keyOf(message))
    },
    forget(message) {
      placed.delete(keyOf(message))
      sheets.delete(keyOf(message))
    },
    sheets(message) {
      const own = screen.inPlace(message)
      const of = `${message.version} ${own !== undefined}`
      const known = sheets.get(keyOf(message))
      if (known?.of === of) return known.sheets
      const made = (own === undefined ? message.cards : [own]).map(newSheet)
      sheets.set(keyOf(message), { of, sheets: made })
      return made
    },
  }
  return screen
}
