import type { App, RespondFn, ViewResponseAction } from '@slack/bolt'
import { seconds } from '../../domain/time.ts'
import { filedForm, refusedForm } from '../../views/dialogs.ts'
import type { FormView, MessageView } from '../../views/view-model.ts'
import { decodeField, elementKind, encodeField } from '../conversation/codec.ts'
import type { Inbound } from '../conversation/inbound.ts'
import type { FormAnswer } from '../conversation/port.ts'
import type { SlackContext } from './context.ts'
import { openDialog, replaceDialog, settleDialog } from './dialogs.ts'
import { publish, readOpened } from './home.ts'
import { senderOf } from './identity.ts'
import { fieldsOf, type Interaction, type Origin, readCommand, readInteraction } from './payload.ts'
import { toModal, toOptions } from './render-form.ts'
import { requestShortcut } from './settings.ts'
import { answerBeside, whisper } from './whisper.ts'

/** As long as Slack takes answers to an action by its own address. */
const answersLast = seconds(30 * 60)

/**
 * Passes each delivery to the conversation. Deliveries that Slack waits for are acknowledged at once and answered
 * later.
 */
export const registerHandlers = (app: App, context: SlackContext, inbound: Inbound): void => {
  const from = (origin: Origin) => senderOf(origin, context.settings)
  const opening = (origin: Origin) => (form: FormView) => openDialog(context, origin, form)

  // Matches any command name: an app with another name for our command still gets answers.
  app.command(/^\//, async ({ ack, body, respond }) => {
    await context.arrivals.acknowledge(ack)
    const { text, origin } = readCommand(body)
    const say = (view: MessageView) => answerBeside(context, respond, view)
    await inbound.command(from(origin), text, { say, open: opening(origin) })
  })

  app.shortcut(requestShortcut, async ({ ack, body }) => {
    await ack()
    const { origin } = readInteraction(body)
    const say = (view: MessageView) => whisper(context, { conversation: undefined, user: origin.user }, view)
    await inbound.command(from(origin), 'request', { say, open: opening(origin) })
  })

  app.action(/.*/s, async ({ ack, body, respond }) => {
    await context.arrivals.acknowledge(ack)
    const used = readInteraction(body)
    const { origin, view, container } = used
    const action = used.actions?.[0]
    const kind = elementKind(action?.action_id ?? '')
    const say = (message: MessageView) => tell(context, used, respond, message)
    if (!action || kind === 'page') return
    if (kind === 'field') {
      if (!view) return
      const form = { payload: view.private_metadata, fields: fieldsOf(view) }
      return inbound.change(from(origin), form, (next) => replaceDialog(context, view, next))
    }
    const [conversation, message] = [container?.channel_id, container?.message_ts]
    const isPrivate = container?.is_ephemeral === true
    const isHome = view?.type === 'home'
    const where = conversation && message ? { message: { conversation, message }, isPrivate } : undefined
    const stands = isHome ? { isPrivate: true } : where
    await inbound.press(from(origin), { payload: action.value, stands }, { say, open: opening(origin) })
  })

  app.event('app_home_opened', async ({ body }) => {
    const origin = readOpened(body)
    if (origin) await inbound.home(from(origin), (view) => publish(context, origin.user, view))
  })

  app.view(/.*/s, async ({ ack, body }) => {
    const { origin, view } = readInteraction(body)
    if (!view) return
    await inbound.submit(
      from(origin),
      { payload: view.private_metadata, fields: fieldsOf(view) },
      {
        answer: (answer) => (answer.kind === 'close' ? ack() : ack(responseOf(context, answer))),
        settle: (form) => settleDialog(context, view, form ?? filedForm()),
        say: (message, conversation) => whisper(context, { conversation, user: origin.user }, message),
        later: answersLast,
      },
    )
  })

  app.options(/.*/s, async ({ ack, body }) => {
    const { origin, block_id = '', value = '' } = readInteraction(body)
    const query = { field: decodeField(block_id), typed: value }
    await inbound.suggest(from(origin), query, (options) => ack({ options: toOptions(options) }))
  })
}

/** Tells only the actor: beside the message, or in the dialog of the press. */
const tell = async (
  context: SlackContext,
  { view, user }: Interaction,
  respond: RespondFn,
  message: MessageView,
): Promise<void> => {
  if (view?.type === 'home') return whisper(context, { conversation: undefined, user: user.id }, message)
  return view ? replaceDialog(context, view, refusedForm(message)) : answerBeside(context, respond, message)
}

const responseOf = (context: SlackContext, answer: Exclude<FormAnswer, { kind: 'close' }>): ViewResponseAction =>
  answer.kind === 'replace' || answer.kind === 'wait'
    ? { response_action: 'update', view: toModal(answer.form, context.tenant()) }
    : {
        response_action: 'errors',
        errors: Object.fromEntries(answer.errors.map(({ field, sentence }) => [encodeField(field), sentence])),
      }
