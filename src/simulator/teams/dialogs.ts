import type { JsonObject } from '../common/json.ts'
import { isObject } from '../common/json.ts'
import { installActivities } from './activities.ts'
import { type AdaptiveCard, actionsOf, type CardAction } from './cards.ts'
import { type Answer, type Client, invoke, ownConversation, settle, tell } from './client.ts'
import type { Acknowledgement, DeliveryOptions } from './delivery.ts'
import { readDialogAnswer } from './invoke-answers.ts'
import type { Dialog, DialogSource } from './screen.ts'
import { dataOf, fieldsOf, isComplete, newSheet, type SimulatedField } from './sheet.ts'
import { cardText } from './visible-text.ts'

/** The open dialog as its person sees it now. */
export type SimulatedView = {
  title: string
  /** All visible words but the title, the fields and the button labels. */
  text: string
  fields: SimulatedField[]
  /** The labels of its buttons, in order. */
  buttons: string[]
  /** Where its links lead. */
  links: string[]
  width: unknown
  height: unknown
  /** Teams' line about an app that failed, or empty. */
  trouble: string
  card: AdaptiveCard
}

/** The result of sending a dialog. */
export type SubmitAnswer = Answer & {
  /** True when the dialog is gone. */
  closed: boolean
  /** The client's own complaints by label; then nothing was sent. */
  errors: Record<string, string>
  sent: boolean
}

/** A snapshot of the dialog. */
export const viewOf = (
  { title, width, height, sheet, trouble }: Dialog,
  hasTypeahead: boolean,
  timeZone = 'UTC',
): SimulatedView => ({
  title,
  text: cardText(sheet.card, { timeZone, withButtons: false, withInputs: false }),
  fields: fieldsOf(sheet, hasTypeahead),
  buttons: actionsOf(sheet.card).map(({ title: label = '' }) => label),
  links: actionsOf(sheet.card).flatMap(({ url }) => (url === undefined ? [] : [url])),
  width,
  height,
  trouble,
  card: sheet.card,
})

const theme = { theme: 'default' }

/** Opens a dialog by `task/fetch`, as an `Action.Submit` with `msteams.type` asks (page on dialogs of bots). */
export async function fetchDialog(
  client: Client,
  source: DialogSource & { kind: 'task' },
  data: JsonObject,
  options?: DeliveryOptions,
): Promise<Answer> {
  const conversation = ownConversation(client, source.conversation, options?.isTrespassing)
  const ack = await invoke(
    client,
    { conversation, message: source.message },
    'task/fetch',
    { data, context: theme },
    options,
  )
  return applied(client, source, ack, false)
}

/** What a message extension command sends with each of its invokes. */
const commandOf = (source: DialogSource & { kind: 'extension' }, client: Client): JsonObject => {
  const { message } = source
  const author = [...client.simulation.tenant.people.values()].find(({ id }) => id === message?.author)
  const payload = message && {
    id: message.id,
    createdDateTime: new Date(message.sentAt).toISOString(),
    ...(author && { from: { user: { userIdentityType: 'aadUser', id: author.oid, displayName: author.name } } }),
    body: { contentType: 'html', content: `<div>${message.text}</div>` },
    attachments: [],
  }
  return {
    commandId: source.command,
    commandContext: source.from,
    context: theme,
    ...(payload && { messagePayload: payload }),
  }
}

/** Opens the dialog of a message extension command. */
export async function fetchExtension(
  client: Client,
  source: DialogSource & { kind: 'extension' },
  options?: DeliveryOptions,
): Promise<Answer> {
  const conversation = ownConversation(client, source.conversation)
  const value = commandOf(source, client)
  const ack = await invoke(
    client,
    { conversation, message: source.message },
    'composeExtension/fetchTask',
    value,
    options,
  )
  return applied(client, source, ack, false)
}

/** Presses a button of the open dialog. Links open nothing. */
export async function pressInDialog(
  client: Client,
  dialog: Dialog,
  action: CardAction,
  options?: DeliveryOptions,
): Promise<SubmitAnswer> {
  const { source, sheet } = dialog
  const { screen, simulation } = client
  const closed = () => screen.dialog === undefined
  if (action.type === 'Action.OpenUrl')
    return { ok: true, status: 0, shown: '', closed: false, errors: {}, sent: false }
  dialog.trouble = ''
  if (!isComplete(sheet, action)) {
    simulation.recorder.changed()
    const errors = Object.fromEntries(
      fieldsOf(sheet, false)
        .filter(({ error }) => error !== '')
        .map(({ label, error }) => [label, error]),
    )
    return { ok: true, status: 0, shown: '', closed: false, errors, sent: false }
  }
  const data = dataOf(sheet, action)
  if (source.kind === 'extension' && asksForInstall(data)) await installHere(client, source)
  const conversation = ownConversation(client, source.conversation)
  const [name, value] =
    source.kind === 'task'
      ? ['task/submit', { data, context: theme }]
      : ['composeExtension/submitAction', { ...commandOf(source, client), data }]
  const ack = await invoke(client, { conversation, message: source.message }, name, value, options)
  // The person may have closed it, or opened another one, meanwhile; then the answer goes nowhere.
  if (screen.dialog !== dialog)
    return {
      ...settle(
        ack,
        () => {},
        () => {},
      ),
      closed: true,
      errors: {},
      sent: true,
    }
  const answer = applied(client, source, ack, true)
  return { ...answer, closed: closed(), errors: {}, sent: true }
}

const asksForInstall = ({ msteams }: JsonObject): boolean => isObject(msteams) && msteams.justInTimeInstall === true

/** Teams installs the app, and then sends the submission (page `create-task-module`). */
async function installHere(client: Client, source: DialogSource): Promise<void> {
  const { simulation } = client
  const conversation = ownConversation(client, source.conversation)
  conversation.hasApp = true
  for (const activity of installActivities(simulation, client.person(), conversation, 'add')) {
    await simulation.delivery.deliver(activity)
  }
}

function applied(client: Client, source: DialogSource, ack: Acknowledgement, isSubmission: boolean): Answer {
  const { screen, simulation } = client
  const place = { conversation: source.conversation, message: source.message?.id }
  const apply = () => {
    const answer = readDialogAnswer(ack, isSubmission)
    if (answer.kind === 'dialog') {
      const { card, ...frame } = answer
      screen.dialog = { ...frame, sheet: newSheet(card), source, trouble: '' }
    } else {
      screen.dialog = undefined
      if (answer.kind === 'words') tell(client, place, answer.text)
    }
    simulation.recorder.changed()
  }
  return settle(ack, apply, (line) => {
    if (isSubmission && screen.dialog !== undefined) screen.dialog.trouble = line
    tell(client, place, line, true)
  })
}
