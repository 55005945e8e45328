import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newAdmits } from '../../src/chat/conversation/admission.ts'
import { encodeForm } from '../../src/chat/conversation/codec.ts'
import type { FieldValues } from '../../src/chat/conversation/fields.ts'
import { type Inbound, newInbound } from '../../src/chat/conversation/inbound.ts'
import type { FormAnswer } from '../../src/chat/conversation/port.ts'
import { grantId, type ResourceId, requestId, resourceId } from '../../src/domain/ids.ts'
import { accept } from '../../src/domain/refusal.ts'
import { secret } from '../../src/domain/secret.ts'
import { plainText } from '../../src/views/copy-time.ts'
import type { ChangeCommand, FormCommand, FormView, MessageView } from '../../src/views/view-model.ts'
import { type ApiWorld, apiWorld } from '../support/api-world.ts'
import { slackOf } from '../support/company.ts'
import * as sample from './store-samples.ts'

// Whoever is refused reads the same sentence in chat and by API.

const limits = { openRequests: 3, requestsAnHour: 99, refusalsAnHour: 999, searchesAMinute: 99, callsAMinute: 999 }
const resources = new Map<string, ResourceId>()
let world: ApiWorld
let chat: Inbound
beforeEach(async () => {
  world = await apiWorld({ limits })
  const paths = ['kv/a', 'kv/b', 'kv/c', 'kv/d', ...Array.from({ length: 11 }, (_, index) => `kv/many-${index}`)]
  for (const { path, id } of await world.discover(...paths)) resources.set(path, id)
  const { directory, clock, log } = world.deps
  chat = newInbound({
    ...{ label: 'Chat', command: '/vault', sealingSecret: secret('of this test'), useCases: world.verbs },
    ...{ directory, clock, log, newId: world.deps.newId },
    admits: newAdmits(async () => accept(undefined), clock),
  })
})
afterEach(async () => {
  await chat.close()
  await world.close()
})

/** What a person reads after sending this dialog, line by line: beside a field, in its place or in a message. */
const inChat = async (who: string, command: FormCommand, fields: FieldValues = []): Promise<readonly string[]> => {
  const said: string[] = []
  const read = ({ notes, ...view }: Pick<MessageView | FormView, 'notes'> & Partial<MessageView>) =>
    void said.push(...[...(view.lines ?? []), view.headline ?? [], ...notes].map(plainText), view.summary ?? '')
  const answer = async (taken: FormAnswer) => {
    if (taken.kind === 'errors') said.push(...taken.errors.map(({ sentence }) => sentence))
    if (taken.kind === 'replace') read(taken.form)
  }
  const payload = encodeForm({ command })
  await chat.submit(
    { identity: slackOf(who) },
    { payload, fields },
    { answer, settle: async () => false, say: async (view) => read(view) },
  )
  return said
}

type Wish = {
  paths?: string[]
  permission?: string
  duration?: number
  reason?: string
  vault?: string
  usedBy?: 'job'
}
const full = ({ paths = ['kv/a'], permission = 'read', duration = 900, reason = 'The queue is stuck.' }: Wish) => ({
  ...{ duration, reason, permission, items: paths.map((path) => resources.get(path) ?? resourceId('unknown')) },
})
const askByApi = (who: string, wish: Wish) => {
  const { items, permission, ...rest } = full(wish)
  const workload = wish.usedBy && { workload: { kind: wish.usedBy } }
  return world.post(who, '/requests', {
    ...{ ...rest, ...workload, vault: 'vault', items: items.map((resource) => ({ resource, permission })) },
  })
}
const askInChat = (who: string, wish: Wish) => {
  const { items, permission, duration, reason } = full(wish)
  return inChat(who, { form: 'request', draft: world.deps.newId() }, [
    { name: 'resource', values: items },
    ...items.map((scope) => ({ name: 'permission', scope, values: [permission] }) as const),
    ...(wish.usedBy ? [{ name: 'usedBy', values: [wish.usedBy] } as const] : []),
    { name: 'duration', values: [String(duration)] },
    { name: 'reason', values: [reason] },
  ])
}
const filed = async (who = 'ada', path = 'kv/d'): Promise<string> => (await askByApi(who, { paths: [path] })).body.id

describe('a refused wish', () => {
  const ask = async (who: string, wish: Wish) => {
    const said = await askInChat(who, wish)
    const { error } = (await askByApi(who, wish)).body
    expect(said, error.code).toContain(error.message)
    return error.code
  }
  const cases: readonly (readonly [code: string, who: string, wish: Wish])[] = [
    ['not-a-requester', 'grace', {}],
    ['no-such-resource', 'ada', { paths: ['kv/none'] }],
    ['no-such-permission', 'ada', { permission: 'write' }],
    ['reason-too-short', 'ada', { reason: 'no' }],
    ['reason-too-long', 'ada', { reason: 'x'.repeat(501) }],
    ['secret-pasted', 'ada', { reason: 'The login is password: tr0ub4dor&3correct' }],
    ['duration-not-offered', 'ada', { duration: 7200 }],
    ['workload-refused', 'ada', { usedBy: 'job' }],
    ['too-many-items', 'ada', { paths: Array.from({ length: 11 }, (_, index) => `kv/many-${index}`) }],
  ]
  test.each(cases)('%s', async (code, who, wish) => {
    expect(await ask(who, wish)).toBe(code)
  })

  test('already-asked, for a pending request', async () => {
    await filed('ada', 'kv/a')
    expect(await ask('ada', {})).toBe('already-asked')
  })

  test('too-many-open', async () => {
    for (const path of ['kv/b', 'kv/c', 'kv/d']) await filed('ada', path)
    expect(await ask('ada', {})).toBe('too-many-open')
  })

  test('nobody-to-decide', async () => {
    world.company.groups.platform = ['ada']
    expect(await ask('ada', {})).toBe('nobody-to-decide')
  })

  test('no-owner', async () => {
    world.company.groups.platform = []
    expect(await ask('ada', {})).toBe('no-owner')
  })
})

type Try = { readonly who: string; readonly change: ChangeCommand; readonly note?: string; readonly duration?: number }
const tried = async ({ who, change, note, duration }: Try): Promise<string> => {
  const fields: FieldValues = [
    ...(note !== undefined ? [{ name: 'note', values: [note] } as const] : []),
    ...(duration !== undefined ? [{ name: 'duration', values: [String(duration)] } as const] : []),
  ]
  const said = await inChat(who, { form: 'confirm', change }, fields)
  const id = 'request' in change ? `requests/${change.request}` : `grants/${change.grant}`
  const isVerdict = change.do === 'approve' || change.do === 'deny'
  const verb = isVerdict ? 'decision' : change.do === 'cancel' ? 'cancel' : 'revoke'
  const body = { ...(isVerdict && { verdict: change.do }), note, duration }
  const { error } = (await world.post(who, `/${id}/${verb}`, change.do === 'cancel' ? undefined : body)).body
  expect(said, error.code).toContain(error.message)
  return error.code
}

describe('a refused decision', () => {
  test('own-request', async () => {
    world.company.groups.platform = ['grace', 'ada']
    const request = requestId(await filed())
    expect(await tried({ who: 'ada', change: { do: 'approve', request } })).toBe('own-request')
  })

  test('note-required, secret-pasted, duration-not-offered, part-changed', async () => {
    const request = requestId(await filed())
    const deny = { do: 'deny', request } as const
    expect(await tried({ who: 'grace', change: deny, note: 'no' })).toBe('note-required')
    const approve = { do: 'approve', request } as const
    const pasted = 'Use password: tr0ub4dor&3correct'
    expect(await tried({ who: 'grace', change: deny, note: pasted })).toBe('secret-pasted')
    expect(await tried({ who: 'grace', change: approve, note: pasted })).toBe('secret-pasted')
    expect(await tried({ who: 'grace', change: approve, duration: 7200 })).toBe('duration-not-offered')
    const several = requestId((await askByApi('ada', { paths: ['kv/a', 'kv/b'] })).body.id)
    expect(await tried({ who: 'grace', change: { do: 'approve', request: several } })).toBe('part-changed')
  })

  test('not-pending, after a denial and after a cancellation', async () => {
    const [denied, cancelled] = [requestId(await filed()), requestId(await filed('ada', 'kv/a'))]
    await world.post('grace', `/requests/${denied}/decision`, { verdict: 'deny', note: 'Not this week.' })
    await world.post('ada', `/requests/${cancelled}/cancel`)
    for (const request of [denied, cancelled])
      expect(await tried({ who: 'grace', change: { do: 'approve', request } })).toBe('not-pending')
  })

  test('deadline-passed', async () => {
    // Whoever is refused first ends the request, so each way in has one of its own.
    const [one, other] = [requestId(await filed()), requestId(await filed('ada', 'kv/a'))]
    world.advance(601)
    const said = await inChat('grace', { form: 'confirm', change: { do: 'approve', request: one } })
    const { error } = (await world.post('grace', `/requests/${other}/decision`, { verdict: 'approve' })).body
    expect([error.code, said.includes(error.message)], said.join()).toEqual(['deadline-passed', true])
  })

  test('no-such-request', async () => {
    const request = requestId('unknown')
    expect(await tried({ who: 'grace', change: { do: 'approve', request } })).toBe('no-such-request')
  })
})

describe('a refused end', () => {
  test('not-the-requester, for an owner who would cancel', async () => {
    const request = requestId(await filed())
    expect(await tried({ who: 'grace', change: { do: 'cancel', request } })).toBe('not-the-requester')
  })

  test('not-an-owner, who would end the access of somebody else', async () => {
    const grant = sample.grantOf(await sample.activated(world.store)).id
    const change = { do: 'revoke', grant } as const
    world.company.groups.platform = []
    world.callers.linus = { rights: 'own' }
    const { error } = (await world.post('linus', `/grants/${grant}/revoke`)).body
    expect(error.code).toBe('not-an-owner')
    const stranger = await inChat('grace', { form: 'confirm', change }, [{ name: 'note', values: ['No longer.'] }])
    expect(stranger).toContain(error.message)
  })

  test('access-not-active, for what ended already', async () => {
    const grant = sample.grantOf(await sample.ended(world.store)).id
    expect(await tried({ who: 'ada', change: { do: 'give-back', grant } })).toBe('access-not-active')
  })

  test('no-such-request, for an access that never was', async () => {
    expect(await tried({ who: 'ada', change: { do: 'give-back', grant: grantId('unknown') } })).toBe('no-such-request')
  })
})
