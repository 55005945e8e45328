import { expect, test } from 'vitest'
import { resourceId } from '../../../src/domain/ids.ts'
import { type Lent, lentDetail, lentIn } from '../../../src/domain/lent.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { requestCard } from '../../../src/views/cards.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import { policyView } from '../../../src/views/dialogs.ts'
import { requestFormErrors } from '../../../src/views/form-errors.ts'
import { requestForm } from '../../../src/views/forms.ts'
import { resourceOptions } from '../../../src/views/resource-options.ts'
import { active, approved, context, nameOf, pending, wordsOf } from './subjects.ts'

const exact: Lent = { policies: ['lend-db'], role: 'lend', beyond: [] }
const beyond = Array.from({ length: 7 }, (_, index) => `kv/data/shop/${index}`)
const wide: Lent = { policies: ['lend-db', 'lend-shop'], role: 'lend', beyond }
const unknown: Lent = { policies: ['lend-db'], role: 'lend' }
const integration = context('owner').integration ?? (undefined as never)
const resource = {
  ...{ id: resourceId('r1'), integration: integration.id, type: 'secret', path: 'kv/apps/db' },
  ...{ permissions: ['read', 'update', 'delete'], seenAt: timestamp(0) },
}
const state = { draft: 'd1', integrations: [integration], integration }

test.each<[string, Lent, string]>([
  ['only what was asked for', exact, 'The vault lends the policy lend-db by the role lend. It opens nothing else.'],
  [
    'more',
    wide,
    'The vault lends the policies lend-db, lend-shop by the role lend. They also open kv/data/shop/0, kv/data/shop/1, kv/data/shop/2, kv/data/shop/3, kv/data/shop/4 and 2 more.',
  ],
  ['nobody knows what besides', unknown, 'What else that opens is not known: the configuration has changed since.'],
])(
  'a policy that opens %s says so on cards, in the question before an approval, and with its document',
  (_, lent, says) => {
    const cards = [
      requestCard({ request: pending }, { ...context('owner'), lent }),
      requestCard({ request: pending }, { ...context('requester'), lent }),
      requestCard({ request: approved, grant: active }, { ...context('access'), lent }),
    ]
    for (const card of cards) expect(wordsOf(card)).toContain(says)
    const question = confirmForm({ do: 'approve', request: pending.id }, { request: pending, lent }, { nameOf })
    expect(question.notes.map(plainText)).toContainEqual(expect.stringContaining(says))
    const shown = policyView({ ...pending.plan, of: 'all', items: pending.items, isExact: true, lent })
    expect(shown.notes.map(plainText).join()).toContain(says)
    expect(shown.notes.map(plainText).join()).not.toContain('Nothing else, except')
  },
)

test('a channel that others read along in shows neither the policies nor what they open', () => {
  const card = requestCard({ request: pending }, { ...context('channel'), lent: wide, reach: 'outside' })
  expect(JSON.stringify(card)).not.toMatch(/lend-db|kv\/data/)
})

test('what no lent policy gives is no option, and the form says so', () => {
  const lends = new Map([
    ['read', wide],
    ['update', exact],
  ])
  const permissionOf = (permission?: string) => {
    const form = requestForm({ ...state, chosen: [{ resource, lends, permission }] })
    return form.inputs.find(({ name }) => name === 'permission')
  }
  expect(permissionOf('read')).toMatchObject({
    options: [{ value: 'read' }, { value: 'update' }],
    hint: expect.stringMatching(
      /^Reading a secret .*Lends the policy lend-db, lend-shop, which also opens 7 other paths\. So the owners of the integration decide too\. No policy is lent for: delete\.$/,
    ),
  })
  expect(permissionOf('update')).toMatchObject({ hint: 'Lends the policy lend-db. No policy is lent for: delete.' })
  expect(permissionOf('delete')).not.toHaveProperty('value')
})

test('a resource of which nothing is lent cannot be asked for, and its entry says so where nothing else matches', () => {
  const hopeless = { resource, lends: new Map<string, Lent>() }
  const other = { resource: { ...resource, id: resourceId('r2'), path: 'kv/apps/other' } }
  expect(resourceOptions([hopeless])[0]?.hint).toBe(
    'secret: cannot be granted, no policy that Latchkey may lend gives it',
  )
  expect(resourceOptions([hopeless, other]).map(({ value }) => value)).toEqual(['r2'])
  const form = requestForm({ ...state, chosen: [hopeless] })
  expect(form.inputs.map(({ name }) => name)).not.toContain('permission')
  expect(form.notes.map(plainText)).toContainEqual(expect.stringContaining('kv/apps/db cannot be asked for'))
})

test('what cannot be lent is said beside the permission, and what no role lends together beside the resources', () => {
  const refusal = { code: 'not-lent', path: 'kv/apps/db', permission: 'delete' } as const
  expect(Object.keys(requestFormErrors(refusal))).toEqual(['permission'])
  expect(Object.keys(requestFormErrors({ ...refusal, ...{ item: 'kv/apps/db' } }))).toEqual(['resource'])
  expect(requestFormErrors({ code: 'lent-apart', apart: ['kv/a', 'kv/b'] })).toEqual({
    resource: expect.stringContaining('Ask separately for kv/a and for kv/b.'),
  })
})

test('a plan names what is lent, any other document names nothing, and the audit log counts what it opens besides', () => {
  const lent = { role: 'lend', policies: ['a', 'b'] }
  expect(lentIn({ document: JSON.stringify({ path: {}, lent }) })).toEqual(lent)
  for (const document of ['{"path":{}}', 'path "x" {}', 'null', '{"lent":7}', '{"lent":{"role":"x","policies":[7]}}'])
    expect(lentIn({ document })).toBeUndefined()
  expect(lentDetail(wide)).toMatchObject({ lent: '["lend-db","lend-shop"]', role: 'lend', opensBesides: 7 })
})
