import { eventually } from './eventually.ts'

/** A message as one person sees it at one moment. A button shows as its label in square brackets. */
export type SeenMessage = {
  /** The same for every version of the message; unique in its conversation. */
  readonly id: string
  readonly conversation: string
  /** All visible words. */
  readonly text: string
  /** Whether this person alone sees it. */
  readonly isPrivate: boolean
}

/** One field of a dialog as a person sees it. */
export type SeenField = {
  readonly label: string
  /** The text, or the labels of what is chosen, joined by a comma and a space; empty when nothing is. */
  readonly value: string
  /** The labels that a fixed menu offers. */
  readonly options: readonly string[]
  /** The complaint beside it, or empty. */
  readonly error: string
}

/** A dialog as a person sees it at one moment. */
export type SeenView = {
  readonly title: string
  /** All visible words but the title and the button labels. */
  readonly text: string
  /** The label of the button that sends it; `undefined` for a dialog that only shows. */
  readonly submit: string | undefined
  readonly close: string | undefined
  readonly fields: readonly SeenField[]
}

/** What came of sending a dialog. */
export type Sent = {
  /** Whether the dialog is gone. */
  readonly closed: boolean
  /** The complaints beside fields, by label. */
  readonly errors: Readonly<Record<string, string>>
}

/**
 * What one person can do and see at a chat platform; the same words for every platform. Fields, options and buttons are
 * named by their labels. An act resolves once the platform has delivered it: what comes of it is waited for.
 */
export type Hands = {
  /** The platform's id of the person. */
  readonly id: string
  /** Types a command, such as `request kv/apps/db`; `conversation` is the direct one with the bot by default. */
  command(words: string, conversation?: string): Promise<unknown>
  /** The dialog on top. */
  view(): SeenView | undefined
  /** Leaves all open dialogs without sending them. */
  closeView(): Promise<unknown>
  /** Types into a text field. */
  fill(field: string, text: string): Promise<unknown>
  /** Types into a field with suggestions, and reads them. */
  typeahead(field: string, typed: string): Promise<readonly string[]>
  /** Chooses one option, or several where a field holds several; `typed` is what is searched for first. */
  pick(field: string, option: string | readonly string[], typed?: string): Promise<unknown>
  /** Sends the dialog. */
  submit(): Promise<Sent>
  /** Presses a button of a message, as the message is now. */
  press(message: SeenMessage, button: string): Promise<unknown>
  /** The direct conversation with the bot, oldest first, with what this person alone sees there. */
  inbox(): readonly SeenMessage[]
  /** The same of any conversation. */
  messages(conversation: string): readonly SeenMessage[]
}

const patience = { limit: 10_000 }

/** Waits for a dialog with this title. */
export const untilView = (hands: Hands, title: string): Promise<SeenView> =>
  eventually(
    () => {
      const view = hands.view()
      return view?.title === title && view
    },
    { ...patience, about: () => `${hands.id} sees the dialog "${title}", and not "${hands.view()?.title ?? ''}"` },
  )

/** Waits until a message in the inbox, or in `conversation`, says the words; returns the newest that does. */
export const untilTold = (hands: Hands, words: string, conversation?: string): Promise<SeenMessage> => {
  const seen = () => (conversation === undefined ? hands.inbox() : hands.messages(conversation))
  return eventually(() => seen().findLast(({ text }) => text.includes(words)), {
    ...patience,
    about: () => `${hands.id} is told "${words}", but: ${seen().map(({ text }) => text)}`,
  })
}

/** Presses a button and sends the dialog that asks back, as it stands. */
export const pressAndConfirm = async (hands: Hands, message: SeenMessage, button: string): Promise<Sent> => {
  await hands.press(message, button)
  await eventually(() => hands.view()?.submit, { ...patience, about: () => `${hands.id} is asked about "${button}"` })
  return hands.submit()
}
