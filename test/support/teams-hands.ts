import { type AdaptiveCard, actionsOf } from '../../src/simulator/teams/cards.ts'
import type { SimulatedView } from '../../src/simulator/teams/dialogs.ts'
import type { TeamsMessage } from '../../src/simulator/teams/messages.ts'
import type { Held } from '../../src/simulator/teams/sheet.ts'
import type { TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { cardText } from '../../src/simulator/teams/visible-text.ts'
import type { Hands, SeenMessage, Sent } from './hands.ts'
import {
  type Command,
  complaintsIn,
  isForm,
  labelled,
  plainLabel,
  redraws,
  repliesTo,
  type Shown,
  sends,
  silence,
  viewOf,
  withoutHint,
} from './teams-forms.ts'

/** Under which a picture of a message keeps the message as it was then. */
const original = Symbol('original')
type Picture = SeenMessage & {
  readonly [original]?: TeamsMessage | undefined
  readonly dialog?: AdaptiveCard | undefined
}

/** How long the bot may take to answer a typed request, until the person goes on without. */
const patience = 10_000

/** A private answer: where it appeared, and in which card. */
type Whisper = {
  readonly id: string
  readonly conversation: string
  readonly message: string | undefined
  readonly text: string
  readonly at: number
  /** The dialog that has these words in the place of a sent form. */
  readonly dialog?: AdaptiveCard | undefined
}

const handsOf = new WeakMap<TeamsSimulator, Map<string, Hands>>()

/**
 * Somebody in the simulated Teams, in the words of every platform. A form in the place of a card is a dialog here, its last
 * button closes it. The private answers to typed words are messages of the personal chat.
 */
export const teamsHands = (teams: TeamsSimulator, oid: string): Hands => {
  const known = handsOf.get(teams) ?? new Map<string, Hands>()
  handsOf.set(teams, known)
  const hands = known.get(oid) ?? newHands(teams, oid)
  known.set(oid, hands)
  return hands
}

const door = 'Open the form'
/** A message that only opens the form for which the person typed; the hands press its button at once. */
const isDoor = ({ cards }: TeamsMessage): boolean => cards.flatMap(actionsOf).some(({ title }) => title === door)
/** A message that is kept up to date can be refreshed; an answer cannot. */
const isKept = ({ cards }: TeamsMessage): boolean => cards.some((card) => 'refresh' in card)
/** A dialog that only says something to this person. */
const isAnswer = ({ title, card }: SimulatedView): boolean => title === 'Latchkey' && !isForm(card)

const newHands = (teams: TeamsSimulator, oid: string): Hands => {
  const person = teams.person(oid)
  const commands: Command[] = []
  const placed: Whisper[] = []
  const now: { form: Held | undefined } = { form: undefined }

  const botMessages = (conversation: string) =>
    teams.messages(conversation).filter(({ author }) => author.startsWith('28:'))
  /** The bot's answers to typed words, which are in the personal chat, and the conversation of the words. */
  const replies = (): ReadonlyMap<string, string> => {
    const found = new Map<string, string>()
    if (commands.length === 0) return found
    const mine = botMessages(person.chat)
    for (const command of commands) {
      for (const { id } of repliesTo(command, mine, found)) found.set(id, command.conversation)
    }
    return found
  }
  const whispered = (): readonly Whisper[] => [...person.notices(), ...placed].sort((one, other) => one.at - other.at)
  const messageOf = ({ conversation, message }: Whisper) =>
    teams.messages(conversation).find(({ id }) => id === message)

  const seen = (message: TeamsMessage): Picture & { readonly at: number } => ({
    id: message.id,
    conversation: message.conversation,
    at: message.sentAt,
    // Only for those who read it: stories look at hundreds of messages many times a second.
    get text() {
      return teams.textOf(message)
    },
    isPrivate: message.conversation === person.chat && !isKept(message),
    [original]: message,
  })
  const heard = (whisper: Whisper): Picture & { readonly at: number } => {
    const { id, conversation, text, at, dialog } = whisper
    return { id, conversation, text, at, dialog, isPrivate: true, [original]: messageOf(whisper) }
  }
  const inOrder = (all: readonly (Picture & { readonly at: number })[]): readonly SeenMessage[] =>
    [...all].sort((one, other) => one.at - other.at)
  const messages = (conversation: string): readonly SeenMessage[] => {
    const answers = replies()
    const typedHere = (id: string | undefined) => id !== undefined && answers.get(id) === conversation
    const isHere = (each: Whisper) => each.conversation === conversation || typedHere(each.message)
    const elsewhere = conversation === person.chat ? [] : botMessages(person.chat).filter(({ id }) => typedHere(id))
    const all = [...botMessages(conversation), ...elsewhere].map(seen)
    return inOrder([...all, ...whispered().filter(isHere).map(heard)])
  }

  /** Looks at what came of a press: a form to fill in, or an answer in the card's place. */
  const takeAnswer = (message: TeamsMessage, isInPlace: boolean): void => {
    const current = teams.messages(message.conversation).find(({ id }) => id === message.id)
    const card = isInPlace && current && person.inPlace(current)
    if (!current || !card) return
    if (isForm(card)) {
      now.form = person.hold(current)
      return
    }
    if ('refresh' in card) return // the card itself, as it is now
    hear(current.conversation, current.id, card)
  }
  const hear = (conversation: string, message: string | undefined, card: AdaptiveCard, dialog?: AdaptiveCard): void => {
    const id = `answer ${placed.length} to ${oid}`
    placed.push({ id, conversation, message, text: cardText(card), at: lastTime(), dialog })
  }
  /** The simulator’s clock may be another: an answer comes after all that is there. */
  const lastTime = (): number =>
    Math.max(...teams.messages().map(({ sentAt }) => sentAt), ...whispered().map(({ at }) => at))

  /** The form in place, while it stands there. */
  const formInPlace = (): Held | undefined => {
    const { form } = now
    const current = form && teams.messages(form.message.conversation).find(({ id }) => id === form.message.id)
    const card = current && person.inPlace(current)
    return form && card === form.sheets[0]?.card ? form : undefined
  }
  /** The dialog that asks for something; words in a dialog are read and left. */
  const openDialog = (): SimulatedView | undefined => {
    const dialog = person.view()
    return dialog && !isAnswer(dialog) ? dialog : undefined
  }
  const top = (): Shown | undefined => {
    const dialog = openDialog()
    if (dialog) return dialog
    const form = formInPlace()
    const card = form?.sheets[0]?.card
    return form && card && { card, fields: person.fieldsOf(form.message) }
  }
  const place = () => (openDialog() ? {} : now.form ? { held: now.form } : {})
  const idOf = (name: string): string => {
    const fields = top()?.fields ?? []
    return fields.find(({ label }) => plainLabel(label) === name)?.id ?? name
  }
  const titleOf = async (field: string, name: string, typed: string | undefined): Promise<string> => {
    const { fields = [] } = top() ?? {}
    const fixed = fields.find(({ id }) => id === field)
    const held = [...(fixed?.chosen ?? []).map(({ title }) => title), ...(fixed?.options ?? [])].find(
      (title) => withoutHint(title) === name || title === name,
    )
    if (held !== undefined && typed === undefined) return held
    const offered = (await person.typeahead(field, typed ?? name, place())).map(({ title }) => title)
    return offered.find((title) => withoutHint(title) === name || title === name) ?? held ?? name
  }

  /** The answer to a typed request has a button that opens its form; people press it. */
  const openFromReply = async (command: Command, wasTaken: boolean): Promise<void> => {
    const find = () => repliesTo(command, botMessages(person.chat), new Map())[0]
    const reply = wasTaken ? await teams.until(find, patience).catch(() => undefined) : undefined
    if (!reply) hear(command.conversation, undefined, silence)
    const button = reply?.cards.flatMap(actionsOf).find(({ title }) => title === door)
    if (reply && button?.title) await person.press(reply, button.title)
  }

  return {
    id: oid,
    async command(words, conversation = person.chat) {
      const before = new Set(botMessages(person.chat).map(({ id }) => id))
      const typing = person.say(words, conversation)
      // The answer may come before the bot has acknowledged the words.
      const command = { id: person.messages(conversation).at(-1)?.id ?? '', conversation, before }
      commands.push(command)
      const answer = await typing
      if (/^(request|terminal)\b/.test(words)) await openFromReply(command, answer.ok)
      return answer
    },
    view() {
      const shown = top()
      return shown && viewOf(shown)
    },
    async closeView() {
      if (person.view()) person.closeView()
      const form = formInPlace()
      if (!form) return
      now.form = undefined
      const back = form.sheets.flatMap(({ card }) => actionsOf(card)).findLast(({ verb }) => verb === 'refresh')
      if (back?.title) await person.press(form.message, back.title)
      else person.forget(form.message)
    },
    fill: async (field, text) => person.fill(idOf(field), text, place()),
    typeahead: async (field, typed) =>
      (await person.typeahead(idOf(field), typed, place())).map(({ title }) => withoutHint(title)),
    async pick(field, option, typed) {
      const id = idOf(field)
      const titles: string[] = []
      for (const name of typeof option === 'string' ? [option] : option) titles.push(await titleOf(id, name, typed))
      await person.pick(id, titles, place())
      const redraw =
        person.view() && actionsOf(person.view()?.card as AdaptiveCard).find((action) => redraws(action, id))
      if (redraw) await person.submit(redraw.title)
    },
    async submit(): Promise<Sent> {
      const dialog = openDialog()
      const form = dialog ? undefined : now.form
      const card = dialog?.card ?? form?.sheets[0]?.card
      const send = card && actionsOf(card).find(sends)
      if (!send?.title) throw new Error(`${oid} has no dialog open that can be sent`)
      if (!form) {
        const { closed, errors } = await person.submit(send.title)
        const view = person.view()
        // Words instead of a form: the form is gone, and its dialog is the answer.
        if (view && view.card !== card && !isForm(view.card)) {
          hear(person.chat, undefined, view.card, view.card)
          return { closed: true, errors: {} }
        }
        return { closed, errors: closed || !view ? errors : { ...complaintsIn(view.card), ...labelled(errors) } }
      }
      const answer = await person.press(form.message, send.title, { held: form })
      if (!answer.ok || Object.keys(answer.errors).length > 0) return { closed: false, errors: labelled(answer.errors) }
      now.form = undefined
      takeAnswer(form.message, answer.isInPlace)
      const again = formInPlace()?.sheets[0]?.card
      return again ? { closed: false, errors: complaintsIn(again) } : { closed: true, errors: {} }
    },
    async press(picture: Picture, button, { asSeen = false } = {}) {
      if (picture.dialog) {
        if (person.view()?.card !== picture.dialog) throw new Error('the dialog is gone')
        return person.submit(button)
      }
      const was = picture[original]
      const current = teams.messages(picture.conversation).find(({ id }) => id === (was?.id ?? picture.id))
      const message = asSeen ? was : current
      if (!message) throw new Error('the message is gone')
      const own = current && person.inPlace(current)
      // A client that starts anew, or another device, shows the message itself.
      const isHidden = own && (isForm(own) || !actionsOf(own).some(({ title }) => title === button))
      if (current && isHidden) person.forget(current)
      // Buttons of others are pressed as somebody could who has got hold of their message.
      const answer = await person.press(message, button, { asSeen, isTrespassing: true })
      takeAnswer(message, answer.isInPlace)
      const dialog = person.view()
      if (dialog && isAnswer(dialog)) hear(person.chat, undefined, dialog.card, dialog.card)
      return answer
    },
    inbox: () => messages(person.chat),
    messages,
    whispers() {
      const mine = botMessages(person.chat).filter((message) => !isKept(message) && !isDoor(message))
      return inOrder([...mine.map(seen), ...whispered().map(heard)])
    },
  }
}
