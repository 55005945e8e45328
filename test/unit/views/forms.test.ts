import { describe, expect, test } from 'vitest'
import { integrationId, personId, resourceId } from '../../../src/domain/ids.ts'
import { seconds, timestamp } from '../../../src/domain/time.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import { linkForm, policyView } from '../../../src/views/dialogs.ts'
import { missingFields, requestFormErrors } from '../../../src/views/form-errors.ts'
import { requestForm } from '../../../src/views/forms.ts'
import { helpList } from '../../../src/views/help.ts'
import { entryText, ownAccess, statusList } from '../../../src/views/lists.ts'
import { noticeCard } from '../../../src/views/notices.ts'
import { ownerText, resourceOptions, startOptions } from '../../../src/views/resource-options.ts'
import type { Input } from '../../../src/views/view-model.ts'
import { whoView } from '../../../src/views/who.ts'
import type { Unclear } from '../../../src/views/words-notes.ts'
import { active, approved, at, context, denied, nameOf, pending, wordsOf } from './subjects.ts'

const integration = context('owner').integration ?? (undefined as never)
const other = { ...integration, id: integrationId('other-vault') }
const resource = {
  id: resourceId('r1'),
  integration: integration.id,
  type: 'secret',
  path: 'kv/apps/db',
  permissions: ['read', 'read-write'],
  seenAt: timestamp(0),
}
const state = { draft: 'd1', integrations: [integration], integration }

test('a form for one vault asks what, how long and why; the permission appears with the resource', () => {
  expect(requestForm(state).inputs.map(({ name }) => name)).toEqual(['resource', 'duration', 'reason'])
  expect(requestForm({ ...state, chosen: [{ resource }] }).inputs.map(({ name }) => name)).toEqual([
    'resource',
    'permission',
    'duration',
    'reason',
  ])
})

test('with several vaults the vault is asked for first', () => {
  const form = requestForm({ ...state, integrations: [integration, other] })
  expect(form.inputs[0]).toMatchObject({ name: 'integration', value: 'main-vault', reloads: true })
})

test('what is known is filled in, and a usual time otherwise', () => {
  const form = requestForm({
    ...state,
    chosen: [{ resource, permission: 'read' }],
    duration: seconds(5400),
    reason: 'because',
  })
  const known = (input: Input) => ('values' in input ? input.values : 'value' in input ? input.value : undefined)
  expect(form.inputs.map(known)).toEqual([
    [{ label: 'kv/apps/db', value: 'r1', hint: 'secret' }],
    'read',
    '5400',
    'because',
  ])
  expect(requestForm(state).inputs.find(({ name }) => name === 'duration')).toMatchObject({ value: '1800' })
})

const lengthField = (
  durations: readonly [number, ...number[]],
  more: { duration?: number; unoffered?: number } = {},
) => {
  const [first, ...others] = durations.map(seconds)
  const offering = { ...integration, durations: [first ?? seconds(0), ...others] as const }
  const { duration, unoffered } = more
  const form = requestForm({
    ...state,
    integration: offering,
    ...(duration && { duration: seconds(duration) }),
    ...(unoffered && { unoffered: seconds(unoffered) }),
  })
  return form.inputs.find(({ name }) => name === 'duration')
}

test.each([
  { offered: [20, 120, 900, 3600], start: '900' },
  { offered: [20, 120], start: '120' },
  { offered: [3600, 28800], start: '3600' },
] as const)(
  'of the lengths $offered, the form starts from $start: a quarter of an hour, or what is nearest',
  (given) => {
    expect(lengthField(given.offered)).toMatchObject({ value: given.start })
  },
)

test.each([
  { wanted: 7200, says: '2 hours are not offered; the longest is 1 hour.' },
  { wanted: 86400, says: '1 day is not offered; the longest is 1 hour.' },
  { wanted: 1200, says: '20 minutes are not offered; the next longer one is 1 hour.' },
])('a typed length of $wanted seconds that is not on offer is said beside the field', ({ wanted, says }) => {
  expect(lengthField([900, 3600], { duration: 3600, unoffered: wanted })?.hint).toMatch(says)
  expect(lengthField([900, 3600], { duration: 3600 })?.hint).not.toMatch('not offered')
})

test('a lone permission is chosen already', () => {
  const form = requestForm({ ...state, chosen: [{ resource: { ...resource, permissions: ['read'] } }] })
  expect(form.inputs.find(({ name }) => name === 'permission')).toMatchObject({ value: 'read' })
})

test('a path that a menu may cut is shown whole, and one that may be taken for another is marked', () => {
  const notesFor = (path: string) =>
    requestForm({ ...state, chosen: [{ resource: { ...resource, path } }] }).notes.map(plainText)
  const long = `kv/${'deep/'.repeat(60)}db`
  expect(notesFor('kv/apps/db').join()).not.toContain('You ask for')
  expect(notesFor(long).join()).toContain(`You ask for ${long}.`)
  expect(notesFor('kv/p\u0430ypal').join()).toMatch(/Look twice, .* mixes Latin and Cyrillic letters/)
  expect(resourceOptions([{ resource: { ...resource, path: 'kv/p\u0430ypal' } }])[0]?.hint).toContain('look twice')
})

test('of names that cannot be granted no two look the same', () => {
  const obstacle = 'its name has invisible characters'
  const odd = ['kv/ab', 'kv/a\u200bb', 'kv/a\u3164b'].map((path) => ({ resource: { ...resource, path, obstacle } }))
  expect(resourceOptions(odd).map(({ label }) => label)).toEqual(['kv/ab', 'kv/a<U+200B>b', 'kv/a<U+3164>b'])
})

test('who owns a resource is said beside its entry, and below the field once it is chosen', () => {
  const offered = {
    resource,
    owner: ownerText(['group:payments', 'person:ana'], () => ({ person: 'Ana', identities: [] })),
  }
  expect(resourceOptions([offered])[0]?.hint).toBe('secret · owner: group payments or Ana')
  const described = { ...offered, resource: { ...resource, description: 'Read <!channel>\u202e' } }
  expect(resourceOptions([described])[0]?.hint).toBe('secret · owner: group payments or Ana · Read <!channel><U+202E>')
  const hintOf = (form: ReturnType<typeof requestForm>) => form.inputs.find(({ name }) => name === 'resource')?.hint
  expect(hintOf(requestForm({ ...state, chosen: [described] }))).toContain('Described as “Read <!channel><U+202E>”.')
  const forged = {
    resource: { ...described.resource, description: 'x.” kv/root: owner nobody. “' },
    permission: 'read',
  }
  expect(hintOf(requestForm({ ...state, chosen: [forged] }))).toContain('“x.’ kv/root: owner nobody. ’”.')
  expect(hintOf(requestForm(state))).toContain('Type a part of its path')
  expect(hintOf(requestForm({ ...state, chosen: [offered] }))).toBe('kv/apps/db: owner group payments or Ana.')
})

test('what the person asked for before leads the list, each entry once', () => {
  const other = { resource: { ...resource, id: resourceId('r9'), path: 'kv/z' } }
  const usual = [
    { ...other, times: 4 },
    { resource: { ...resource, id: resourceId('r8'), path: 'kv/y' }, times: 1 },
  ]
  expect(startOptions(usual, [{ resource }, other]).map(({ label, hint }) => [label, hint])).toEqual([
    ['kv/z', 'asked 4 times · secret'],
    ['kv/y', 'asked before · secret'],
    ['kv/apps/db', 'secret'],
  ])
})

test('the example in the search field is a resource on offer, and there is none where nothing is', () => {
  const placeholder = (example?: string) => {
    const input = requestForm({ ...state, example }).inputs.find(({ name }) => name === 'resource')
    return input && 'placeholder' in input ? input.placeholder : undefined
  }
  expect(placeholder('kv/teams/orders/database')).toBe('Search, for example: orders database')
  expect(placeholder()).toBe('Search by a part of its path')
})

test.each<[Unclear, string]>([
  [
    { words: 'db', is: 'several', found: [resource, resource], isMore: false },
    '2 match db: kv/apps/db, kv/apps/db. Pick what you need below.',
  ],
  [
    { words: 'db', is: 'several', found: Array.from({ length: 20 }, () => resource), isMore: true },
    'More than 20 match db: kv/apps/db, kv/apps/db, kv/apps/db and 17 more. Pick what you need below.',
  ],
  [{ words: 'x', is: 'unknown', similar: [] }, 'Nothing that you may request is called x. Search for it below.'],
  [
    { words: 'bd', is: 'unknown', similar: [resource] },
    'Nothing is called bd. Did you mean kv/apps/db? Pick it below.',
  ],
  [
    { words: 'bd', is: 'mistyped' },
    'Nothing is called bd, so the closest name is chosen below. Check it before you send.',
  ],
  [
    { words: 'kv/b', is: 'elsewhere', integration: 'staging' },
    'kv/b is in the vault staging. Send another request for it.',
  ],
])('words that name no single resource are explained: %j', (unclear, sentence) => {
  expect(requestForm({ ...state, unclear: [unclear] }).notes.map(plainText)).toContain(sentence)
})

test('what makes a resource of little use is said, and what a permission reaches beyond its name', () => {
  const read = { resource: { ...resource, permissions: ['read'] } }
  const notes = requestForm({ ...state, chosen: [{ ...read, caveats: ['newest-deleted'] }] }).notes.map(plainText)
  expect(notes).toContain(
    'Hardly useful now: kv/apps/db: its newest version is deleted, so only older versions can be read.',
  )
  const hintOf = (form: ReturnType<typeof requestForm>) => form.inputs.find(({ name }) => name === 'permission')?.hint
  expect(hintOf(requestForm({ ...state, chosen: [read] }))).toBe('Reading a secret includes its older versions.')
  const key = { ...resource, type: 'key', path: 'transit/k' }
  const keyForm = (...permissions: string[]) =>
    requestForm({ ...state, chosen: [{ resource: { ...key, permissions } }] })
  expect(hintOf(keyForm('encrypt', 'decrypt', 'sign', 'verify'))).toContain('depends on the type of the key')
  expect(hintOf(keyForm('sign', 'verify'))).toBeUndefined()
})

test('errors stand beside their fields', () => {
  const form = requestForm(state, requestFormErrors({ code: 'reason-too-short', atLeast: 5 }))
  expect(form.inputs.filter(({ error }) => error).map(({ name, error }) => [name, error])).toEqual([
    ['reason', 'Say why in at least 5 characters: the owners decide by it.'],
  ])
  expect(missingFields(['resource', 'permission'])).toEqual({
    resource: 'Pick what you need from the list, then say what you want to do with it.',
    permission: 'Pick what you want to do with it.',
  })
})

test('a list names what was denied', () => {
  expect(plainText(entryText({ request: denied }, nameOf))).toMatch(/^read kv\/apps\/db at main-vault\nDenied by /)
})

test('what cannot be granted is offered only when nothing else matches, with the reason', () => {
  const odd = { ...resource, id: resourceId('r2'), path: 'kv/odd*', obstacle: 'its name has a "*"' }
  expect(resourceOptions([{ resource }, { resource: odd }]).map(({ value }) => value)).toEqual(['r1'])
  expect(resourceOptions([{ resource: odd }])).toEqual([
    { label: 'kv/odd*', value: 'r2', hint: 'secret: cannot be granted, its name has a "*"' },
  ])
  expect(
    requestForm({ ...state, chosen: [{ resource: odd }] })
      .notes.map(plainText)
      .join(' '),
  ).toContain('cannot be granted safely')
})

describe('before something is changed, the dialog', () => {
  const request = pending.id
  const rest = { now: at(5), nameOf }

  test('says in the words of the database who asks for what, how long and why, and takes a note', () => {
    const form = confirmForm({ do: 'approve', request }, { request: pending }, rest)
    expect(
      wordsOf({ ...form, fields: form.fields ?? [], quotes: form.quotes ?? [], tone: 'neutral', summary: '' }),
    ).toMatchInlineSnapshot(`
      "# Approve this access?
      Why > debug failing payments
      Who: Developer on call
      What: read kv/apps/db
      Where: main-vault
      How long: 1 hour 30 minutes
      Reading a secret includes its older versions.
      Access starts at once, and ends by itself."
    `)
    expect(form).toMatchObject({
      submit: { label: 'Approve', command: { form: 'confirm', change: { do: 'approve', request: 'q1' } } },
      close: 'Not now',
      inputs: [{ name: 'note', min: 0, max: 500 }],
    })
  })

  test('to approve offers the shorter lengths, and takes the longest by default', () => {
    const lengths = [seconds(1800), seconds(5400)]
    expect(confirmForm({ do: 'approve', request }, { request: pending, lengths }, rest).inputs).toMatchObject([
      {
        ...{ name: 'duration', kind: 'select', value: '5400' },
        options: [
          { label: '30 minutes', value: '1800' },
          { label: '1 hour 30 minutes', value: '5400' },
        ],
      },
      { name: 'note' },
    ])
    const only = { request: pending, lengths: [seconds(5400)] }
    expect(confirmForm({ do: 'approve', request }, only, rest).inputs).toHaveLength(1)
  })

  test.each([
    [{ do: 'deny', request } as const, { request: pending }, 'Deny'],
    [{ do: 'revoke', grant: active.id } as const, { request: approved, grant: active }, 'Revoke'],
  ])('of %o says whom and what, for how long and why, and demands a reason', (change, subject, label) => {
    const form = confirmForm(change, subject, rest)
    const said = [...(form.fields ?? []).map(({ value }) => plainText(value)), form.quotes?.[0]?.text].join(' ')
    for (const word of ['Developer on call', 'kv/apps/db', '1 hour 30 minutes', 'debug failing payments']) {
      expect(said).toContain(word)
    }
    expect(form).toMatchObject({
      submit: { label, command: { form: 'confirm', change } },
      inputs: [{ name: 'note', min: 5, max: 500 }],
    })
  })

  test.each([
    [{ do: 'cancel', request } as const, { request: pending }],
    [{ do: 'give-back', grant: active.id } as const, { request: approved, grant: active }],
  ])('of %o says what it is about and what it does, and can be left', (change, subject) => {
    const form = confirmForm(change, subject, rest, true)
    expect(form.fields?.map(({ value }) => plainText(value))).toContain('read kv/apps/db')
    expect(form.notes).toHaveLength(1)
    expect(form).toMatchObject({ close: 'Keep it', submit: { command: { change, isListed: true } } })
    expect(form.inputs.every((input) => 'min' in input && input.min === 0)).toBe(true)
  })
})

test('the link stands as a button and as text, with its limits', () => {
  const form = linkForm({ url: 'https://latchkey.test/fetch/x', expiresAt: at(2) })
  expect(form.code).toEqual(['https://latchkey.test/fetch/x'])
  expect(form.actions).toEqual([{ label: 'Open the link', style: 'primary', url: 'https://latchkey.test/fetch/x' }])
  expect(form.notes.map(plainText).join(' ')).toContain('works once and until 2026-11-23')
})

test('the policy says first what it allows, then stands whole and indented', () => {
  const shown = { document: '{"path":{"a":1}}', hash: 'abc', of: 'all', items: pending.items, isExact: true } as const
  const form = policyView(shown)
  expect(form.notes.map(plainText)[0]).toBe(
    'Allows: read kv/apps/db. Nothing else, except to look at its own token and rights, and to end it.',
  )
  expect(form.code).toEqual(['{', '  "path": {', '    "a": 1', '  }', '}'])
  expect(policyView({ ...shown, document: 'a\nb' }).code).toEqual(['a', 'b'])
})

test('a document that would be another one today is not explained', () => {
  const shown = { document: '{}', hash: 'abc', of: 'all', items: pending.items, isExact: false } as const
  const words = policyView(shown).notes.map(plainText).join()
  expect(words).not.toContain('Allows')
  expect(words).toContain('The configuration has changed since the request.')
})

const nobody = { shown: [], hasMore: false }

test('one’s own access lists what can be done with each', () => {
  const own = [{ request: approved, grant: active }, { request: pending }]
  expect(wordsOf(ownAccess({ waiting: nobody, own }, nameOf, '/vault'))).toMatchInlineSnapshot(`
    "# Your access
    - read kv/apps/db at main-vault
    Active until 2026-11-23 15:32 UTC [Get my one-time link] [Extend] [Give back now]
    - read kv/apps/db at main-vault
    Waiting for a decision until 2026-11-23 15:00 UTC [Remind them] [Cancel request]"
  `)
  expect(wordsOf(ownAccess({ waiting: nobody, own: [] }, nameOf, '/vault'))).toContain('/vault request')
})

test('what waits for the reader comes first, with the two verdicts', () => {
  const shown = [{ request: { ...pending, reason: 'debug\n\nfailing payments' }, part: { items: [0] } }]
  const own = [{ request: approved, grant: active }]
  expect(wordsOf(ownAccess({ waiting: { shown, hasMore: false }, own }, nameOf, '/vault'))).toMatchInlineSnapshot(`
    "# Waits for you
    - Developer on call asks for read kv/apps/db for 1 hour 30 minutes at main-vault
    debug failing payments
    Decide until 2026-11-23 15:00 UTC [Approve] [Deny]
    - Your access
    - read kv/apps/db at main-vault
    Active until 2026-11-23 15:32 UTC [Get my one-time link] [Extend] [Give back now]"
  `)
  const view = ownAccess({ waiting: { shown, hasMore: true }, own: [] }, nameOf, '/vault')
  expect(view.summary).toBe('1 request waits for your decision.')
  expect(wordsOf(view)).toContain('More wait for you.')
  expect(wordsOf(view)).toContain('You have no access and no requests of your own.')
})

const reader = { nameOf, peopleOf: () => [personId('owner'), personId('second')], command: '/vault' }

test('people who may request it read who owns it, and how to ask them', () => {
  const known = { resource, owners: ['group:database'] as const, isOwned: false }
  expect(wordsOf(whoView({ is: 'owners', known }, reader))).toMatchInlineSnapshot(
    `"kv/apps/db is owned by group database (Owner of the database and Second owner). Ask them with /vault request kv/apps/db. Only the owners read who has access."`,
  )
  const odd = { ...resource, obstacle: 'its name has an asterisk' }
  const words = wordsOf(whoView({ is: 'owners', known: { ...known, resource: odd } }, reader))
  expect(words).toContain('It cannot be granted: its name has an asterisk.')
})

test('several matches are listed with the path to type', () => {
  const mail = { ...resource, path: 'kv/apps/mail' }
  const found = [
    { resource, owners: ['group:database'] as const, isOwned: true },
    { resource: mail, owners: ['person:owner'] as const, isOwned: false },
  ]
  expect(wordsOf(whoView({ is: 'several', found, isMore: false }, reader))).toMatchInlineSnapshot(`
    "# Which one?
    2 match. Type one of them in full, such as /vault who kv/apps/db.
    - kv/apps/db (secret at main-vault): you may see who has access
    - kv/apps/mail (secret at main-vault): owned by Owner of the database"
  `)
})

test('owners see who has access and can revoke it', () => {
  const known = { resource, owners: ['group:database'] as const, isOwned: true }
  const subjects = [{ request: approved, grant: active }]
  expect(wordsOf(whoView({ is: 'holders', known, subjects }, reader))).toMatchInlineSnapshot(`
    "# Who has access
    Access to kv/apps/db (secret).
    - Developer on call: read kv/apps/db at main-vault
    Active until 2026-11-23 15:32 UTC [Revoke]"
  `)
})

test('the status names what is wrong since when', () => {
  const trouble = { since: at(2), code: 'sealed' }
  expect(
    wordsOf(
      statusList([
        { integration, healthy: true, away: [{ place: 'team/', code: 'no-such-mount', since: at(2) }] },
        { integration: other, healthy: false, away: [], trouble, next: at(3) },
      ]),
    ),
  ).toMatchInlineSnapshot(`
    "# Status
    - main-vault: answers. team/ is away: a mount that is configured does not exist at the vault, since 2026-11-23 14:02 UTC.
    - other-vault: The vault is sealed or not ready; somebody must unseal it, since 2026-11-23 14:02 UTC, next try 2026-11-23 14:03 UTC."
  `)
})

test('help shows examples, and says what was not understood', () => {
  expect(
    wordsOf(helpList({ command: '/vault', shortcut: 'Or press the bell.', example: 'kv/orders/db' }, 'frobnicate')),
  ).toMatchInlineSnapshot(`
    "# What Latchkey understands
    frobnicate is not a command of Latchkey. The commands are:
    - /vault request opens the form.
    - /vault request kv/orders/db 1h because payments fail opens the form filled in.
    - Several at once: put commas between their names.
    - /vault extend lists the access that you can extend.
    - /vault mine lists what waits for you, and your requests and access, with their buttons.
    - /vault who kv/orders/db shows who owns it, and its owners who has access now.
    - /vault status shows whether the vaults answer.
    - Or press the bell."
  `)
})

test('a reminder asks as the card does, and its notification names no secret', () => {
  const { audience: _, ...rest } = context('owner')
  const reminder = { about: 'reminder', at: at(20) } as const
  const card = noticeCard(reminder as never, rest, { request: { ...pending, remindedAt: at(20) } })
  expect(wordsOf(card)).toMatchInlineSnapshot(`
    "# Reminder: please decide
    Developer on call asks to read kv/apps/db at main-vault for 1 hour 30 minutes
    Why > debug failing payments
    Developer on call has been waiting since 2026-11-23 14:00 UTC.
    [Approve] [Deny]
    . Request q1"
  `)
  expect(card.summary).not.toContain('kv/')
})

test('an alarm asks its holder first whether it was them', () => {
  const { audience: _, ...rest } = context('owner')
  const misused = { about: 'link-misused', how: 'other-browser', revoked: true, link: 'l1' }
  const misusedLink = {
    id: 'l1',
    grant: 'g1',
    misusedAt: at(6),
    misusedHow: 'other-browser',
    redeemedAt: at(5),
  } as never
  const about = (more: object) =>
    noticeCard(
      misused as never,
      { ...rest, misusedLink, holder: pending.requester, ...more },
      { request: approved, grant: active },
    )
  const { actions } = about({ isHolder: true })
  expect(actions.map(({ label, style }) => [label, style])).toEqual([
    ['It was me', 'primary'],
    ['Get my one-time link', undefined],
    ['Give back now', undefined],
  ])
  const owners = wordsOf(about({}))
  expect(owners).toContain(
    'Ask Developer on call now, not only in this chat. If it was not them: press Revoke, then change the secret itself. This message changes when Developer on call answers.',
  )
  expect(owners).toContain('Request q1')
})

test('every notice has a title and a sentence', () => {
  const { audience: _, ...rest } = context('owner', { manualRevoke: 'bao policy delete x' })
  const views = [
    { about: 'rerouted', from: 'group:a', to: 'group:b' },
    { about: 'link-misused', how: 'other-browser', revoked: true },
    { about: 'link-misused', how: 'spent-unseen', revoked: false },
    { about: 'link-misused', how: 'other-person', revoked: false },
    { about: 'link-misused', how: 'reported', revoked: true },
    { about: 'not-revoked', code: 'unreachable' },
    { about: 'not-withdrawn', code: 'unreachable' },
    { about: 'vault-back', integration: integration.id, since: at(0), count: 1 },
    { about: 'directory-rejected', problem: 'people.yaml:3: no' },
    { about: 'access-missing' },
    { about: 'access-lapsed', why: 'person-removed', isEnding: true },
    { about: 'access-lapsed', why: 'requester-removed', isEnding: false },
    { about: 'removals-held', people: 4, grants: 5, endsAt: at(20) },
    { about: 'removals-called-off', grants: 5 },
    { about: 'place-away', integration: integration.id, place: 'team/', code: 'no-such-mount' },
    { about: 'place-back', integration: integration.id, place: 'team/', code: 'no-such-mount' },
    { about: 'leftover-removed', integration: integration.id, name: 'latchkey-x-g-1' },
  ].map((notice) => noticeCard(notice as never, rest, { request: approved, grant: active }))
  for (const view of views) expect(view.summary).toMatch(/^[A-Z].+\. \S.+/)
  expect(views[5] && wordsOf(views[5])).toMatchInlineSnapshot(`
    "# Access is not yet revoked
    Who: Developer on call
    What: read kv/apps/db
    Where: main-vault
    State: Active until 2026-11-23 15:32 UTC
    Latchkey cannot end this access yet: the vault does not answer. It keeps trying.
    If it is urgent, an administrator of the vault can end it by hand with:
    | bao policy delete x
    . Request q1"
  `)
})
