import { copyOf } from '../common/copies.ts'
import { until } from '../common/recorder.ts'
import { messageActivity } from './activities.ts'
import { type PressAnswer, type PressOptions, pressIn, refreshCard } from './card-press.ts'
import { type AdaptiveCard, actionsOf, type Choice } from './cards.ts'
import { type Answer, type Client, currentMessage, ownConversation, settle } from './client.ts'
import type { DeliveryOptions } from './delivery.ts'
import { fetchExtension, pressInDialog, type SimulatedView, type SubmitAnswer, viewOf } from './dialogs.ts'
import { choose, type Desk, fillIn, suggestionsFor } from './entry.ts'
import { type SearchAnswer, searchExtension } from './extension-search.ts'
import { setInstalled } from './installs.ts'
import type { TeamsMessage } from './messages.ts'
import type { ExtensionPlace, Notice } from './screen.ts'
import { fieldsOf, type Held, type SimulatedField } from './sheet.ts'
import { membersOf, personalChat } from './tenant.ts'
import { messageText } from './visible-text.ts'

/** Typed words: `mention: false` leaves out the bot's name, without which a channel tells the bot nothing. */
export type SayOptions = DeliveryOptions & { mention?: boolean; replyTo?: string }

/** The result of typed words. */
export type SayAnswer = Answer & {
  /** The activity id, which answers there name in `replyToId`. */ id: string
}

/** From where an extension is opened; a message for `message`, a conversation otherwise (the personal one by default). */
export type ExtensionOptions = DeliveryOptions & { from: ExtensionPlace; conversation?: string; message?: TeamsMessage }

/** Fields are in the open dialog, or in the card of the given message, or in what the person holds. */
export type FieldPlace = { in?: TeamsMessage; held?: Held }

/** A person of the tenant, with everything that they can see and do. Fields, choices and buttons are named by labels. */
export type TeamsHands = {
  /** The object id. */
  readonly oid: string
  /** The id of the personal conversation with the bot. */
  readonly chat: string
  /** Types a message; in the personal conversation by default. Resolves when the bot took it. */
  say(text: string, conversation?: string, options?: SayOptions): Promise<SayAnswer>
  /** Starts an action command of the message extension, which opens a dialog. */
  openExtension(command: string, options: ExtensionOptions): Promise<Answer>
  /** Types into a search command of the message extension. */
  search(command: string, text: string, options?: { conversation?: string; parameter?: string }): Promise<SearchAnswer>
  /** Presses a button of a message as this person sees it now; throws an Error when the button is not there. */
  press(message: TeamsMessage, button: string, options?: PressOptions): Promise<PressAnswer>
  /** Uses "Refresh card" in the menu of a message. */
  refresh(message: TeamsMessage, options?: DeliveryOptions): Promise<Answer>
  /** Looks at a conversation: the client refreshes its cards as they ask for it. */
  look(conversation: string): Promise<void>
  /** Starts the client anew for this message: its card in place is gone. */
  forget(message: TeamsMessage): void
  /** The open dialog as it is now, or `undefined`. */
  view(): SimulatedView | undefined
  fill(field: string, text: string, place?: FieldPlace): void
  /** Types into a menu, and returns what it offers. */
  typeahead(field: string, typed: string, place?: FieldPlace): Promise<readonly Choice[]>
  /** Chooses one, or several (an empty list clears); `typed` is what is typed first. */
  pick(field: string, choice: string | readonly string[], how?: FieldPlace & { typed?: string }): Promise<void>
  /** Presses the first button of the open dialog, or the named one. */
  submit(button?: string, options?: DeliveryOptions): Promise<SubmitAnswer>
  /** Closes the dialog by its cross; the bot hears nothing. */
  closeView(): void
  /** A conversation as it is now, oldest first. */
  messages(conversation: string): TeamsMessage[]
  /** The personal conversation with the bot. */
  inbox(): TeamsMessage[]
  /** The cards of a message as this person sees them: one in place, or those of the message. */
  cardsOf(message: TeamsMessage): readonly AdaptiveCard[]
  /** The card in the place of the message's own, or `undefined`. */
  inPlace(message: TeamsMessage): AdaptiveCard | undefined
  /** Takes the message as this person sees it now into their hands: `held` of presses and fields. */
  hold(message: TeamsMessage): Held
  /** The inputs of a message's card as this person sees it. */
  fieldsOf(message: TeamsMessage): SimulatedField[]
  /** What this person reads in a message, times in their zone. */
  textOf(message: TeamsMessage): string
  /** What only this person was told, oldest first. */
  notices(): Notice[]
  /** Adds the app; personally by default. */
  install(conversation?: string, options?: DeliveryOptions): Promise<void>
  uninstall(conversation?: string, options?: DeliveryOptions): Promise<void>
  /** Keeps the bot from writing to the personal conversation; it hears nothing of that. */
  block(): void
  unblock(): void
  /** Waits until a conversation shows these words; returns the newest message that does. */
  waitForMessage(words: string, conversation?: string): Promise<TeamsMessage>
  /** Waits for an open dialog; `title`, if given, is its title. */
  waitForView(title?: string): Promise<SimulatedView>
}

const patienceMilliseconds = 5000

/** A client refreshes a card by itself at most once a minute (page `user-specific-views`). */
const refreshPauseMilliseconds = 60_000
/** Without `userIds` only in conversations of so many (page `user-specific-views`). */
const mostForRefresh = 60

/** The actions of one person. */
export function createHands(client: Client, oid: string): TeamsHands {
  const { simulation, screen } = client
  const { tenant, recorder } = simulation
  const chat = personalChat(tenant, oid).id
  const zone = () => tenant.people.get(oid)?.timeZone ?? 'UTC'

  const openDialog = () => {
    if (screen.dialog === undefined) throw new Error(`${client.person().name} has no dialog open`)
    return screen.dialog
  }
  const deskOf = (name: string, { held, in: message = held?.message }: FieldPlace): Desk => {
    if (message === undefined) {
      const { sheet, source } = openDialog()
      return { sheet, conversation: source.conversation, message: source.message }
    }
    const current = held?.message ?? currentMessage(client, message)
    const sheets = held?.sheets ?? screen.sheets(current)
    const sheet = sheets.find((each) => fieldsOf(each, false).some(({ label, id }) => label === name || id === name))
    if (sheet === undefined) throw new Error(`the message has no field "${name}"`)
    return { sheet, conversation: current.conversation, message: current }
  }
  const messages = (conversation: string) =>
    tenant.messages.filter((message) => message.conversation === conversation).map(copyOf)
  const view = () => screen.dialog && viewOf(screen.dialog, simulation.hasTypeahead, zone())
  const cardsOf = (message: TeamsMessage) => {
    const own = screen.inPlace(message)
    return own === undefined ? message.cards : [own]
  }
  const textOf = (message: TeamsMessage) => messageText({ ...message, cards: cardsOf(message) }, { timeZone: zone() })

  return {
    oid,
    chat,
    messages,
    view,
    cardsOf,
    textOf,
    inbox: () => messages(chat),
    inPlace: (message) => screen.inPlace(message),
    hold(message) {
      const current = currentMessage(client, message)
      return { message: copyOf(current), sheets: screen.sheets(current) }
    },
    fieldsOf: (message) =>
      screen.sheets(currentMessage(client, message)).flatMap((sheet) => fieldsOf(sheet, simulation.hasTypeahead)),
    notices: () => [...screen.notices],
    say: (text, conversation = chat, options = {}) => say(client, text, conversation, options),
    openExtension(command, { from, conversation = chat, message, ...options }) {
      if ((from === 'message') !== (message !== undefined)) throw new Error('`message` goes with `from: "message"`')
      const place = message?.conversation ?? conversation
      return fetchExtension(client, { kind: 'extension', conversation: place, message, command, from }, options)
    },
    search: (command, text, { conversation = chat, parameter = 'search' } = {}) =>
      searchExtension(client, command, text, { conversation, parameter }),
    press: (message, button, options) => pressIn(client, message, button, options),
    refresh: (message, options) => refreshCard(client, message, 'manual', options),
    async look(conversation) {
      const { id } = ownConversation(client, conversation)
      for (const message of messages(id)) if (isDue(client, message)) await refreshCard(client, message, 'automatic')
    },
    forget(message) {
      screen.forget(message)
      recorder.changed()
    },
    fill: (field, text, place = {}) => fillIn(client, deskOf(field, place), field, text),
    typeahead: (field, typed, place = {}) => suggestionsFor(client, deskOf(field, place), field, typed),
    pick: (field, choice, how = {}) =>
      choose(client, deskOf(field, how), field, typeof choice === 'string' ? [choice] : choice, how.typed),
    async submit(button, options) {
      const dialog = openDialog()
      const actions = actionsOf(dialog.sheet.card)
      const action = button === undefined ? actions[0] : actions.find(({ title }) => title === button)
      if (action !== undefined) return pressInDialog(client, dialog, action, options)
      throw new Error(`the dialog has no button "${button ?? ''}"; it has ${view()?.buttons.join(', ') || 'none'}`)
    },
    closeView() {
      screen.dialog = undefined
      recorder.changed()
    },
    install: (conversation = chat, options) => setInstalled(client, conversation, true, options),
    uninstall: (conversation = chat, options) => setInstalled(client, conversation, false, options),
    block() {
      personalChat(tenant, oid).closed = 'ConversationBlockedByUser'
    },
    unblock() {
      personalChat(tenant, oid).closed = undefined
    },
    waitForMessage: (words, conversation = chat) =>
      until(
        recorder,
        () => messages(conversation).findLast((message) => textOf(message).includes(words)),
        patienceMilliseconds,
        () => `${oid} never saw "${words}", but: ${messages(conversation).map(textOf).join(' / ') || 'nothing'}`,
      ),
    waitForView: (title) =>
      until(
        recorder,
        () => (title === undefined || view()?.title === title ? view() : undefined),
        patienceMilliseconds,
        () => `${oid} never saw the dialog "${title ?? ''}", but: ${view()?.title ?? 'none'}`,
      ),
  }
}

/** A typed message is everybody's; the bot gets it in the personal conversation, or when it is mentioned. */
async function say(client: Client, text: string, place: string, options: SayOptions): Promise<SayAnswer> {
  const { simulation } = client
  const person = client.person()
  const conversation = ownConversation(client, place)
  const { mention = conversation.kind !== 'personal', replyTo, ...how } = options
  const id = simulation.tenant.newMessageId()
  simulation.tenant.messages.push({
    conversation: conversation.id,
    id,
    author: person.id,
    text: mention ? `@${simulation.tenant.app.name} ${text}` : text,
    textFormat: 'plain',
    summary: undefined,
    cards: [],
    replyToId: replyTo,
    version: 1,
    sentAt: simulation.now(),
  })
  simulation.recorder.changed()
  const hears = conversation.kind === 'personal' || mention
  const isOpen = conversation.hasApp && conversation.closed === undefined && !simulation.tenant.isAppDisabled
  if (!hears || !isOpen) return { ok: true, status: 0, shown: '', id }
  const activity = messageActivity(simulation, person, conversation, { id, text, mentions: mention, replyTo })
  const ack = await simulation.delivery.deliver(activity, how)
  // Teams tells nobody that a bot did not take a message.
  const nothing = () => {}
  return { ...settle(ack, nothing, nothing), id }
}

/** Whether this client asks for the card by itself now. */
function isDue(client: Client, message: TeamsMessage): boolean {
  const { simulation, screen, person } = client
  const refresh = (screen.inPlace(message) ?? message.cards[0])?.refresh
  if (refresh === undefined || person().client === 'old') return false
  const conversation = ownConversation(client, message.conversation)
  const isMeant =
    refresh.userIds === undefined
      ? membersOf(simulation.tenant, conversation).length <= mostForRefresh
      : refresh.userIds.includes(person().id) || refresh.userIds.includes(`8:orgid:${person().oid}`)
  const last = screen.refreshedAt.get(`${message.conversation} ${message.id}`) ?? Number.NEGATIVE_INFINITY
  return isMeant && simulation.now() - last > refreshPauseMilliseconds
}
