import { z } from 'zod'
import { newAdmits } from '../../src/chat/conversation/admission.ts'
import { decodeField, encodeButton, encodeField, encodeForm } from '../../src/chat/conversation/codec.ts'
import { newInbound } from '../../src/chat/conversation/inbound.ts'
import type { Form, FormAnswer, Reply } from '../../src/chat/conversation/port.ts'
import { type Chat, type ChatDeps, type ChatKind, chatKind } from '../../src/chat/kind.ts'
import type { Identity } from '../../src/domain/card.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { ExternalError } from '../../src/ports.ts'
import { plainText } from '../../src/views/copy-time.ts'
import type { Action, FormView, MessageView, Origin } from '../../src/views/view-model.ts'
import type { ToyContent, ToyDelivery, ToyForm, ToyWorld } from './toy-world.ts'

/** A chat platform of a test, which `src` knows nothing of: its channels and accounts are called as Teams calls its own. */
export const toyKindIn = (world: ToyWorld): ChatKind =>
  chatKind({
    title: 'Toy',
    section: z.strictObject({ greeting: z.string().default('hello') }),
    meanings: { '': 'the toy', greeting: 'what it says first' },
    example: 'toy:\n  greeting: hello',
    channelId: z.string().regex(/^19:\w+@thread\.tacv2$/, 'write the id of a thread, such as 19:abc@thread.tacv2'),
    account: z
      .string()
      .regex(/^\w+\/\w+$/, 'write the tenant and the account')
      .transform((link): Identity => {
        const [tenant = '', subject = ''] = link.split('/')
        return { platform: 'toy', tenant, subject }
      }),
    configure: (section, secret) => {
      const settings = { ...section, password: secret('TOY_PASSWORD', 'the password of the toy') }
      const create = async (deps: ChatDeps) => toyChat(world, deps, settings.password)
      return { settings, create, examiner: async () => undefined }
    },
  })

/** Outbound, and the start of what comes in. */
const toyChat = (world: ToyWorld, deps: ChatDeps, sealingSecret: Secret): Chat => {
  const admits = newAdmits(async ({ subject }) => {
    if (world.isSilent) throw new ExternalError('chat-unreachable', 'the toy is silent', { transient: true })
    return world.guests.has(subject) ? refuse({ code: 'not-admitted', why: 'guest' }) : accept(undefined)
  }, deps.clock)
  const inbound = newInbound({ ...deps, label: 'Toy', command: '/toy', admits, sealingSecret })
  world.app.deliver = handler(world, inbound)
  return {
    platform: {
      name: 'toy',
      post: async (to, view) => world.post(to.to === 'channel' ? to.channel.id : to.identity.subject, message(view)),
      update: async (ref, view) => world.edit(ref.message, message(view)),
      admits: (identity) => admits(identity, 'fresh'),
    },
    entrance: () => ({ title: 'Toy', command: '/toy' }),
    start: async () => {},
    stop: inbound.close,
    isConnected: () => true,
  }
}

const handler =
  (world: ToyWorld, inbound: ReturnType<typeof newInbound>) =>
  async (what: ToyDelivery): Promise<void> => {
    const who = what.from
    const sender = { identity: { platform: 'toy', tenant: 'T0TEAM', subject: who } } as const
    const sayIn = (conversation: string) => async (view: MessageView) => world.post(conversation, message(view), who)
    const replyIn = (conversation: string): Reply => ({
      say: sayIn(conversation),
      open: async (view) => {
        const dialog = world.open(who, form(view, conversation))
        return async (next) => world.replace(who, dialog, form(next, conversation))
      },
    })
    if (what.kind === 'command') return inbound.command(sender, what.words, replyIn(what.conversation))
    if (what.kind === 'suggest')
      return inbound.suggest(sender, { field: decodeField(what.key), typed: what.typed }, async (all) =>
        what.offer(all),
      )
    if (what.kind === 'press') {
      const { place, payload } = what
      const stands = { message: place, isPrivate: place.isPrivate }
      return inbound.press(sender, { payload, stands }, replyIn(place.conversation))
    }
    const { dialog, values } = what
    const fields: Form['fields'] = Object.entries(values).flatMap(([key, all]) =>
      [decodeField(key)].flatMap((field) => field ?? []).map((field) => ({ ...field, values: all })),
    )
    const filled = { payload: dialog.form.payload, fields }
    const replace = async (next: FormView) => world.replace(who, dialog, form(next))
    if (what.kind === 'change') return inbound.change(sender, filled, replace)
    const isWaiting = Promise.withResolvers<void>()
    const answer = async (taken: FormAnswer): Promise<void> => {
      if (taken.kind === 'wait') isWaiting.resolve()
      if (taken.kind === 'close') world.close(who)
      else if (taken.kind === 'replace' || taken.kind === 'wait') await replace(taken.form)
      else dialog.errors = Object.fromEntries(taken.errors.map(({ field, sentence }) => [encodeField(field), sentence]))
    }
    const settle = async (next: FormView | undefined) => {
      if (!world.isOpen(who, dialog)) return false
      await (next ? replace(next) : world.close(who))
      return true
    }
    const done = inbound.submit(sender, filled, {
      ...{ answer, settle },
      say: (view, conversation = who) => sayIn(conversation)(view),
    })
    return Promise.race([done, isWaiting.promise])
  }

type Words = Pick<FormView, 'fields' | 'quotes' | 'notes' | 'code'>
const words = ({ fields = [], quotes = [], notes, code = [] }: Words): string[] => [
  ...fields.map(({ label, value }) => `${label} ${plainText(value)}`),
  ...quotes.map(({ label, text }) => `${label} ${text}`),
  ...[...notes.map(plainText), ...code],
]
const button = (origin?: Origin) => (action: Action) => {
  const payload = 'command' in action ? encodeButton(action.command, origin) : ''
  return { label: action.label, payload }
}
const message = (view: MessageView): ToyContent => {
  const entries = view.entries ?? []
  const top = [view.title, plainText(view.headline ?? []), ...(view.lines ?? []).map(plainText)]
  const small = (view.small ?? []).map((line) => ('label' in line ? `${line.label}: ${line.text}` : plainText(line)))
  const text = [...top, ...words(view), ...entries.map((entry) => plainText(entry.text)), ...small].join('\n')
  const actions = [...entries.flatMap((entry) => entry.actions), ...view.actions]
  return { text, buttons: actions.map(button(view.origin)) }
}
const form = (view: FormView, conversation?: string): ToyForm => ({
  title: view.title,
  text: words(view).join('\n'),
  submit: view.submit?.label,
  close: view.close ?? 'Close',
  payload: view.submit ? encodeForm({ command: view.submit.command, conversation }) : '',
  inputs: view.inputs.map((input) => ({ ...input, key: encodeField({ scope: undefined, ...input }) })),
})
