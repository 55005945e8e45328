import type { App, types } from '@slack/bolt'
import { lead } from './bolt-app.ts'

const plain = (text: string) => ({ type: 'plain_text' as const, text })
const option = (text: string, value: string) => ({ text: plain(text), value })

/** The form of the scripted app. */
export function requestModal(note?: string): types.ModalView {
  return {
    type: 'modal',
    callback_id: 'request',
    title: plain('Request access'),
    submit: plain('Send'),
    blocks: [
      {
        type: 'input',
        block_id: 'reason',
        label: plain('Reason'),
        element: { type: 'plain_text_input', action_id: 'text', multiline: true },
      },
      {
        type: 'input',
        block_id: 'role',
        dispatch_action: true,
        label: plain('Role'),
        element: {
          type: 'static_select',
          action_id: 'role',
          options: [option('Read only', 'read'), option('Read and write', 'write')],
        },
      },
      {
        type: 'input',
        block_id: 'secret',
        label: plain('Secret'),
        element: { type: 'external_select', action_id: 'secret', min_query_length: 0 },
      },
      ...(note === undefined ? [] : [{ type: 'section' as const, text: plain(note) }]),
    ],
  }
}

/** A small bot that uses each kind of interaction once. */
export function scriptedApp(app: App): void {
  app.command('/vault', async ({ command, ack, client }) => {
    if (command.text === 'sleep') return
    if (command.text !== 'request') return ack('Try: request')
    await ack()
    await client.views.open({ trigger_id: command.trigger_id, view: requestModal() })
  })
  app.options('secret', async ({ options, ack }) => {
    const all = ['database/orders', 'database/users', 'cloud/deploy']
    await ack({ options: all.filter((name) => name.includes(options.value)).map((name) => option(name, name)) })
  })
  app.action('role', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions' || body.view === undefined) return
    const { id, hash } = body.view
    await client.views.update({ view_id: id, hash, view: requestModal('Writing needs two approvals') })
  })
  app.view('request', async ({ ack, view, body, client }) => {
    const { values } = view.state
    const reason = values.reason?.text?.value ?? ''
    if (reason.length < 8) return ack({ response_action: 'errors', errors: { reason: 'Say more' } })
    await ack()
    const secret = values.secret?.secret?.selected_option?.value
    const role = values.role?.role?.selected_option?.value
    const { channel } = await client.conversations.open({ users: lead })
    await client.chat.postMessage({
      channel: channel?.id ?? '',
      text: 'Somebody asks for access',
      unfurl_links: false,
      blocks: [
        { type: 'section', text: { type: 'mrkdwn', text: `<@${body.user.id}> asks for *${secret}* (${role})` } },
        {
          type: 'actions',
          elements: [
            {
              type: 'button',
              action_id: 'approve',
              text: plain('Approve'),
              value: 'request-1',
              style: 'primary',
              confirm: {
                title: plain('Approve?'),
                text: plain('This opens access.'),
                confirm: plain('Approve'),
                deny: plain('Back'),
              },
            },
            { type: 'button', action_id: 'deny', text: plain('Deny'), value: 'request-1', style: 'danger' },
          ],
        },
      ],
    })
  })
  app.action('approve', async ({ ack, body, client }) => {
    await ack()
    if (body.type !== 'block_actions' || body.channel === undefined || body.message === undefined) return
    const text = `Approved by <@${body.user.id}>`
    await client.chat.update({
      channel: body.channel.id,
      ts: body.message.ts,
      text,
      blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }],
    })
  })
  app.action('deny', async ({ ack, respond }) => {
    await ack()
    await respond({ text: 'Only owners may deny', response_type: 'ephemeral', replace_original: false })
  })
}
