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
  /** Where its links lead. */
  readonly links: readonly string[]
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
  /** Presses a button of a message as it is now; `asSeen`: as the given message showed it, though it may be gone since. */
  press(message: SeenMessage, button: string, how?: PressHow): Promise<unknown>
  /** The direct conversation with the bot, oldest first, with what this person alone sees there. */
  inbox(): readonly SeenMessage[]
  /** The same of any conversation. */
  messages(conversation: string): readonly SeenMessage[]
  /** All that this person alone sees, in whatever conversation, oldest first. */
  whispers(): readonly SeenMessage[]
}
export type PressHow = { readonly asSeen?: boolean }

const patience = { limit: 30_000 }

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
  const { sent } = await pressAndAnswer(hands, message, button)
  if (!sent) throw new Error(`${hands.id} was not asked about "${button}"`)
  return sent
}

/** What people read when the app, or the platform, had no time for them. Nothing was done, so they do it again. */
const comeAgain = /Please try again|did not respond in time/

/**
 * Does an act until `look` sees what it opens. On a busy machine a dialog may open too late for the platform; then the
 * person is told so, and repeats the act, as people do. Any other words, or silence, are waited out.
 */
export const untilOpened = async <T>(
  hands: Hands,
  act: () => Promise<unknown>,
  look: () => T | undefined | false,
  about: () => string,
): Promise<T> => {
  for (let time = 1; ; time += 1) {
    const before = new Set(hands.whispers().map(({ id }) => id))
    const isToldToRepeat = () => hands.whispers().some(({ id, text }) => !before.has(id) && comeAgain.test(text))
    await act()
    const opened = await eventually<{ readonly seen: T } | 'again' | false>(
      () => {
        const seen = look()
        if (seen !== undefined && seen !== false) return { seen }
        return isToldToRepeat() && 'again'
      },
      { limit: 60_000, about: () => `${about()}, in attempt ${time}` },
    )
    if (opened !== 'again') return opened.seen
    if (time === 10) throw new Error(`${hands.id} was told ${time} times to try again: ${about()}`)
  }
}

/** Sends the dialog until the platform closes it or shows complaints; says how often it was sent. */
export const untilSent = async (hands: Hands): Promise<Sent & { readonly times: number }> => {
  for (let times = 1; ; times += 1) {
    const sent = await hands.submit()
    if (sent.closed || Object.keys(sent.errors).length > 0 || times === 10) return { ...sent, times }
  }
}

/** One screen each: a press waits for the one before. */
const screens = new WeakMap<Hands, Promise<unknown>>()

/**
 * The same, with a reason where one is needed; the platform may also say something in private instead, and then nothing is asked.
 */
export const pressAndAnswer = (
  hands: Hands,
  message: SeenMessage,
  button: string,
  how?: PressHow,
): Promise<{ readonly asked?: SeenView; readonly sent?: Sent }> => {
  const act = async () => {
    const before = JSON.stringify(hands.view())
    const whispers = hands.whispers().length
    await hands.press(message, button, how)
    const asked = await eventually(
      () => {
        const view = hands.view()
        if (view && JSON.stringify(view) !== before) return view
        return hands.whispers().length > whispers && 'no'
      },
      { ...patience, about: () => `${hands.id} pressed "${button}", and was neither asked nor told anything` },
    )
    if (asked === 'no') return {}
    if (button === 'Revoke' && asked.submit === 'Revoke') await hands.fill('Reason', 'It is needed no more.')
    return asked.submit === undefined ? { asked } : { asked, sent: await hands.submit() }
  }
  const mine = (screens.get(hands) ?? Promise.resolve()).then(act)
  screens.set(
    hands,
    mine.catch(() => undefined),
  )
  return mine
}
