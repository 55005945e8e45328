import { copyOf } from '../common/copies.ts'
import { until } from '../common/recorder.ts'
import { type Answer, answerOf, applyCommandAnswer, failureShower } from './answers.ts'
import type { MenuOption } from './block-kit-text.ts'
import { chosenValue } from './choosing.ts'
import { type ButtonChoice, findButton, findField } from './fields.ts'
import type { SimulatedMessage } from './messages.ts'
import { actionOf, commandFields, eventPayload, messageActions, shortcutPayload } from './payloads.ts'
import { type ClickAnswer, confirmOf, type PersonContext } from './person-context.ts'
import { createModalHands, type ModalHands, sendAction } from './person-modal.ts'
import { createPress, type PressAnswer } from './person-press.ts'
import type { Acknowledgement, DeliveryOptions } from './transport.ts'
import { type SimulatedView, snapshotOf } from './view-snapshot.ts'
import { visibleText } from './visible-text.ts'
import { directConversation, findMessage } from './workspace.ts'

/** The result of a slash command. */
export type CommandAnswer = Answer & {
  /** The message of the acknowledgement itself. */ message: SimulatedMessage | undefined
}

/** The options of a typed slash command. */
export type CommandOptions = DeliveryOptions & {
  /** The command with its slash; the simulator's default otherwise. */
  command?: string
  /** The conversation of the command; by default the direct one with the bot. */
  channel?: string
}

/** The options of a click. `asSeen` presses what the given message showed, even if the app has since removed it. */
export type ClickOptions = ButtonChoice & DeliveryOptions & { asSeen?: boolean }

/** A person of the workspace, with everything that they can see and do. */
export type SimulatedPerson = ModalHands & {
  readonly id: string
  /** Types `/command text` and presses Enter. */
  command(text: string, options?: CommandOptions): Promise<CommandAnswer>
  /** Starts a global shortcut. */
  shortcut(callbackId: string, options?: DeliveryOptions): Promise<Answer>
  /** The direct conversation with the bot as it is now, oldest first, including messages that only this person sees. */
  inbox(): SimulatedMessage[]
  /** The same for any conversation. */
  messages(channel: string): SimulatedMessage[]
  /** Waits until the inbox (or `channel`) shows these words, and returns the newest message that does. */
  waitForMessage(words: string, channel?: string): Promise<SimulatedMessage>
  /** Waits until a modal is on top; `name`, if given, is its title or callback id. */
  waitForView(name?: string): Promise<SimulatedView>
  /** The words of a message as this person sees them. */
  textOf(message: SimulatedMessage): string
  /** Presses a button of the message's current version; throws an Error when the button is missing. */
  click(message: SimulatedMessage, button: string, options?: ClickOptions): Promise<ClickAnswer>
  /**
   * Presses a button like `click`, then submits the unchanged dialog that the app opens. Also resolves when the app
   * answers privately instead. Only one press at a time: a person has one screen.
   */
  press(message: SimulatedMessage, button: string, options?: ClickOptions): Promise<PressAnswer>
  /** Chooses in a menu of a message. */
  pickIn(message: SimulatedMessage, field: string, option: string | readonly string[]): Promise<Answer>
  /** Types into an external menu of a message, and returns the app's options. */
  typeaheadIn(message: SimulatedMessage, field: string, query: string): Promise<MenuOption[]>
  /** Opens the bot's Home tab: the app gets `app_home_opened`. */
  openHome(): Promise<Answer>
  /** The Home tab as it is now, or `undefined`. */
  home(): SimulatedView | undefined
  /** Presses a button of the Home tab. */
  clickInHome(button: string, choice?: ButtonChoice & DeliveryOptions): Promise<ClickAnswer>
}

/** The machine time that waiting helpers give the app. */
const patienceMilliseconds = 5000

/** The actions of one person. */
export function createPerson(context: PersonContext): SimulatedPerson {
  const { simulation } = context
  const { workspace, transport } = simulation
  const me = context.user().id

  const messages = (channel: string): SimulatedMessage[] =>
    workspace.messages
      .filter((message) => message.channel === channel)
      .filter((message) => message.ephemeralFor === undefined || message.ephemeralFor === me)
      .map(copyOf)

  const current = (message: SimulatedMessage, asSeen = false): SimulatedMessage => {
    const found = findMessage(workspace, message.channel, message.ts)
    if (asSeen) return message
    if (found === undefined) throw new Error('the message is gone')
    return found
  }

  const textOf = (message: SimulatedMessage) => visibleText(message, context.reader())
  const inbox = () => messages(directConversation(workspace, me).id)
  const modal = createModalHands(context)

  const storedHome = () => {
    const id = workspace.homes.get(me)
    return id === undefined ? undefined : workspace.views.get(id)
  }

  const click = async (message: SimulatedMessage, name: string, options: ClickOptions = {}): Promise<ClickAnswer> => {
    const shown = current(message, options.asSeen)
    const { block, element } = findButton(shown.blocks, name, options, context.reader())
    const payload = messageActions(simulation, context.user(), shown, actionOf(simulation, block, element, undefined))
    const ack = await transport.deliver({ kind: 'interaction', payload }, options)
    const answer = answerOf('This action', ack, failureShower(simulation, shown.channel, me))
    return { ...answer, confirm: confirmOf(element), url: element.url }
  }
  const press = createPress(context, modal)

  return {
    ...modal,
    id: me,
    click,
    press: (message, button, options) => press(() => click(message, button, options)),
    messages,
    inbox,
    textOf,
    waitForMessage: (words, channel) =>
      until(
        simulation.recorder,
        () =>
          (channel === undefined ? inbox() : messages(channel)).findLast((message) => textOf(message).includes(words)),
        patienceMilliseconds,
        () => `${context.user().realName} never saw "${words}", but: ${inbox().map(textOf).join(' / ') || 'nothing'}`,
      ),
    waitForView: (name) =>
      until(
        simulation.recorder,
        () => {
          const view = modal.view()
          return name === undefined || view?.title === name || view?.callbackId === name ? view : undefined
        },
        patienceMilliseconds,
        () => `${context.user().realName} never saw the modal "${name ?? ''}", but: ${modal.view()?.title ?? 'none'}`,
      ),
    command: (text, options = {}) => command(context, text, options),
    async shortcut(callbackId, options) {
      const payload = shortcutPayload(simulation, context.user(), callbackId)
      const ack = await transport.deliver({ kind: 'interaction', payload }, options)
      const show = failureShower(simulation, directConversation(workspace, me).id, me)
      return answerOf('This shortcut', ack, show)
    },
    async pickIn(message, name, option) {
      const shown = current(message)
      const field = findField(shown.blocks, name, context.reader())
      const names = typeof option === 'string' ? [option] : option
      const chosen = await context.chooser.choose({ message: shown }, field, names)
      const action = actionOf(simulation, field.block, field.element, chosenValue(field, chosen))
      const payload = messageActions(simulation, context.user(), shown, action)
      const ack = await transport.deliver({ kind: 'interaction', payload })
      return answerOf('This action', ack, failureShower(simulation, shown.channel, me))
    },
    async typeaheadIn(message, name, query) {
      const shown = current(message)
      return context.chooser.ask({ message: shown }, findField(shown.blocks, name, context.reader()), query)
    },
    async openHome() {
      const event = {
        type: 'app_home_opened',
        user: me,
        channel: directConversation(workspace, me).id,
        tab: 'home',
        event_ts: (simulation.now() / 1000).toFixed(6),
      }
      const ack = await transport.deliver({ kind: 'event', payload: eventPayload(simulation, event) })
      return answerOf('Opening the Home tab', ack, () => {})
    },
    home() {
      const view = storedHome()
      return view === undefined ? undefined : snapshotOf(view, context.reader())
    },
    async clickInHome(name, choice = {}) {
      const view = storedHome()
      if (view === undefined) throw new Error(`${context.user().realName} has no Home tab yet`)
      const { block, element } = findButton(view.definition.blocks, name, choice, context.reader())
      const answer = await sendAction(context, view, actionOf(simulation, block, element, undefined), choice)
      return { ...answer, confirm: confirmOf(element), url: element.url }
    },
  }
}

async function command(context: PersonContext, text: string, options: CommandOptions): Promise<CommandAnswer> {
  const { simulation } = context
  const user = context.user()
  const direct = directConversation(simulation.workspace, user.id)
  const channel = options.channel === undefined ? direct : simulation.workspace.conversations.get(options.channel)
  if (channel === undefined) throw new Error(`there is no conversation ${options.channel}`)
  const name = options.command ?? simulation.command.name
  const fields = commandFields(simulation, user, channel, name, text)
  const ack = await simulation.transport.deliver({ kind: 'command', fields }, options)
  const show = failureShower(simulation, channel.id, user.id)
  const target = { channel: channel.id, userId: user.id, messageTs: undefined }
  return showCommandAnswer(name, ack, show, () => applyCommandAnswer(simulation, target, ack))
}

function showCommandAnswer(
  name: string,
  ack: Acknowledgement,
  show: (line: string) => void,
  apply: () => SimulatedMessage | undefined,
): CommandAnswer {
  if (!ack.ok) return { ...answerOf(name, ack, show), message: undefined }
  try {
    const message = apply()
    return { ...answerOf(name, ack, show), message: message && copyOf(message) }
  } catch {
    return { ...answerOf(name, { ...ack, ok: false, error: 'invalid_answer' }, show), message: undefined }
  }
}
