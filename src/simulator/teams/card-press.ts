import { isObject, type JsonObject } from '../common/json.ts'
import { submitActivity } from './activities.ts'
import { actionsOf, type CardAction } from './cards.ts'
import { type Answer, type Client, currentMessage, invoke, ownConversation, settle, tell } from './client.ts'
import type { DeliveryOptions } from './delivery.ts'
import { fetchDialog } from './dialogs.ts'
import { readExecuteAnswer } from './invoke-answers.ts'
import type { TeamsMessage } from './messages.ts'
import { dataOf, fieldsOf, type Held, isComplete, newSheet, type Sheet } from './sheet.ts'

/** How a button is pressed. */
export type PressOptions = DeliveryOptions & {
  /** Presses what the given message showed, even if the bot has since changed or removed it. */
  asSeen?: boolean
  /** Presses what the person holds, with what is typed there. */
  held?: Held
  /** The position among buttons with the same label; 0 by default. */
  nth?: number
}

/** The result of a press. */
export type PressAnswer = Answer & {
  /** The address of a link button; nothing opens it. */
  url: string | undefined
  /** The client's own complaints by label; then nothing was sent. */
  errors: Record<string, string>
  /** Whether the answer is a card in the place of this one. */
  isInPlace: boolean
}

/** The button with this label among the cards; throws an Error that lists those there. */
export function findButton(sheets: readonly Sheet[], label: string, nth = 0): { sheet: Sheet; action: CardAction } {
  const all = sheets.flatMap((sheet) => actionsOf(sheet.card).map((action) => ({ sheet, action })))
  const found = all.filter(({ action }) => action.title === label)[nth]
  if (found !== undefined) return found
  const names = all.map(({ action }) => `"${action.title ?? ''}"`).join(', ') || 'none'
  throw new Error(`there is no button "${label}"${nth > 0 ? ` number ${nth + 1}` : ''}; the buttons are ${names}`)
}

/** Presses a button of a message, in the card that this person sees. */
export async function pressIn(
  client: Client,
  seen: TeamsMessage,
  label: string,
  options: PressOptions = {},
): Promise<PressAnswer> {
  const { asSeen = false, held } = options
  const message = asSeen || held !== undefined ? seen : currentMessage(client, seen)
  const sheets = held?.sheets ?? (asSeen ? seen.cards.map(newSheet) : client.screen.sheets(message))
  const { sheet, action } = findButton(sheets, label, options.nth)
  if (action.isEnabled === false) throw new Error(`the button "${label}" is disabled`)
  const done = { url: action.url, errors: {}, isInPlace: false }
  if (action.type === 'Action.OpenUrl') return { ok: true, status: 0, shown: '', ...done }
  if (!isComplete(sheet, action)) {
    client.simulation.recorder.changed()
    const wrong = fieldsOf(sheet, false).filter(({ error }) => error !== '')
    return {
      ok: true,
      status: 0,
      shown: '',
      ...done,
      errors: Object.fromEntries(wrong.map(({ label: of, error }) => [of, error])),
    }
  }
  const used = client.person().client === 'old' ? fallbackOf(action) : action
  const data = dataOf(sheet, used)
  if (used.type === 'Action.Execute')
    return { ...done, ...(await execute(client, message, used, data, 'manual', options)) }
  return { ...done, ...(await submit(client, message, data, options)) }
}

/** What a client does that knows no `Action.Execute` (page `work-with-universal-actions`). */
function fallbackOf(action: CardAction): CardAction {
  if (action.type !== 'Action.Execute') return action
  const { fallback } = action
  if (isObject(fallback)) return { ...fallback, title: action.title } as CardAction
  throw new Error('an old client shows no button for an Action.Execute without fallback')
}

/** `adaptiveCard/action`: the answer is for this person alone. */
async function execute(
  client: Client,
  message: TeamsMessage,
  action: CardAction,
  data: JsonObject,
  trigger: 'manual' | 'automatic',
  options?: DeliveryOptions,
): Promise<Answer & { isInPlace: boolean }> {
  const { id, verb, title } = action
  const sent = { type: 'Action.Execute', ...(id && { id }), ...(title && { title }), verb, data }
  const conversation = ownConversation(client, message.conversation, options?.isTrespassing)
  const ack = await invoke(client, { conversation, message }, 'adaptiveCard/action', { action: sent, trigger }, options)
  const place = { conversation: conversation.id, message: message.id }
  let isInPlace = false
  const apply = () => {
    const answer = readExecuteAnswer(ack)
    isInPlace = answer.kind === 'card'
    if (answer.kind === 'words') return tell(client, place, answer.text)
    // A deleted message shows nothing any more; an edited one shows the answer, until it is edited again.
    const now = client.simulation.tenant.messages.find(
      (each) => each.conversation === conversation.id && each.id === message.id,
    )
    if (now !== undefined) client.screen.putInPlace(now, answer.card)
    client.simulation.recorder.changed()
  }
  // Nobody is told about a refresh that failed: the card stays as it is.
  const answer = settle(ack, apply, (line) => trigger === 'manual' && tell(client, place, line, true))
  return { ...answer, isInPlace }
}

/** An `Action.Submit`: a dialog if it asks for one, otherwise a message to the bot without an answer. */
async function submit(
  client: Client,
  message: TeamsMessage,
  data: JsonObject,
  options?: DeliveryOptions,
): Promise<Answer> {
  const conversation = ownConversation(client, message.conversation, options?.isTrespassing)
  if (isObject(data.msteams) && data.msteams.type === 'task/fetch') {
    return fetchDialog(client, { kind: 'task', conversation: conversation.id, message }, data, options)
  }
  const activity = submitActivity(client.simulation, client.person(), conversation, message, data)
  const ack = await client.simulation.delivery.deliver(activity, options)
  return settle(
    ack,
    () => {},
    (line) => tell(client, { conversation: conversation.id, message: message.id }, line, true),
  )
}

/** Asks the bot for the card anew, by hand ("Refresh card") or as the client does by itself. */
export async function refreshCard(
  client: Client,
  message: TeamsMessage,
  trigger: 'manual' | 'automatic',
  options?: DeliveryOptions,
): Promise<Answer> {
  const current = currentMessage(client, message)
  const refresh = (client.screen.inPlace(current) ?? current.cards[0])?.refresh
  if (refresh === undefined) throw new Error('this card has no refresh')
  client.screen.refreshedAt.set(`${current.conversation} ${current.id}`, client.simulation.now())
  const { action } = refresh
  const data = isObject(action.data) ? structuredClone(action.data) : {}
  return execute(client, current, action, data, trigger, options)
}
