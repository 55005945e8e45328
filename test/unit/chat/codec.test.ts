import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeButton,
  decodeField,
  decodeForm,
  elementId,
  elementKind,
  encodeButton,
  encodeField,
  encodeForm,
} from '../../../src/chat/conversation/codec.ts'
import { type FieldValues, placed, readNote, readRequestForm } from '../../../src/chat/conversation/fields.ts'
import { readRequestWords } from '../../../src/chat/conversation/request-words.ts'
import { cardId, grantId, requestId } from '../../../src/domain/ids.ts'
import { fieldNames } from '../../../src/views/forms.ts'

// fast-check's own unit `binary` takes seconds to build its tables.
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const id = fc.string({ minLength: 1, maxLength: 100 })
const aboutRequest = (...verbs: string[]) => fc.record({ do: fc.constantFrom(...verbs), request: id.map(requestId) })
const aboutGrant = (...verbs: string[]) => fc.record({ do: fc.constantFrom(...verbs), grant: id.map(grantId) })
const changes = fc.oneof(aboutRequest('approve', 'deny', 'cancel', 'remind'), aboutGrant('revoke', 'give-back'))
const buttons = fc.oneof(
  changes,
  aboutRequest('show-policy', 'show-items', 'request-again'),
  aboutGrant('get-link', 'extend'),
)
const origins = fc.option(fc.oneof(fc.record({ card: id.map(cardId) }), fc.record({ list: id })), { nil: undefined })
const forms = fc.oneof(
  fc.record({ form: fc.constant('request'), draft: id }),
  fc.record({ form: fc.constant('extend'), grant: id.map(grantId), draft: id }),
  fc.record({ form: fc.constant('confirm'), change: changes, isListed: fc.boolean() }),
)

describe('the codec', () => {
  test('gives back every button as it was, within what a button may carry', () => {
    fc.assert(
      fc.property(buttons, origins, (command, origin) => {
        expect(decodeButton(encodeButton(command as never, origin))).toEqual({ command, origin })
        expect(encodeButton(command as never, origin).length).toBeLessThan(2000)
      }),
    )
  })

  test('gives back every form as it was, within what a dialog may carry', () => {
    fc.assert(
      fc.property(forms, fc.option(id, { nil: undefined }), (command, conversation) => {
        const carried = { command: command as never, conversation }
        expect(decodeForm(encodeForm(carried))).toEqual(carried)
        expect(encodeForm(carried).length).toBeLessThan(3000)
      }),
    )
  })

  test('knows nothing of other people’s payloads, and never throws', () => {
    for (const payload of [
      undefined,
      null,
      '',
      'approve',
      '{',
      '{"do":"approve"}',
      '{"do":"explode","request":"q1"}',
      7,
      [],
    ]) {
      expect(decodeButton(payload)).toBeUndefined()
      expect(decodeForm(payload)).toBeUndefined()
    }
    fc.assert(fc.property(fc.anything(), (payload) => void decodeButton(payload)))
  })

  test('takes ids only: what else stands in a payload is dropped', () => {
    expect(decodeButton('{"do":"approve","request":"q1","card":"c1","by":"somebody else"}')).toEqual({
      command: { do: 'approve', request: 'q1' },
      origin: { card: 'c1' },
    })
  })
})

describe('the name of a field', () => {
  test('comes back as it was, whatever its options depend on', () => {
    const fields = fc.record({ name: fc.constantFrom(...fieldNames), scope: fc.option(id, { nil: undefined }) })
    fc.assert(
      fc.property(fields, (field) => {
        expect(decodeField(encodeField(field))).toEqual(field)
      }),
    )
  })

  test('is none of ours when no form of today has it', () => {
    expect(['', 'colour', 'colour:resource', ':'].map(decodeField)).toEqual(Array(4).fill(undefined))
  })
})

test('what was used is told by its id alone: a page, a field, and everything else is a button', () => {
  const approve = elementId.button({ do: 'approve', request: requestId('q1') })
  expect([elementId.page(0), elementId.page(1), elementId.field, approve, 'made up', ''].map(elementKind)).toEqual([
    'page',
    'page',
    'field',
    'button',
    'button',
    'button',
  ])
})

describe('a submitted form', () => {
  const filled: FieldValues = [
    { name: 'resource', scope: 'main-vault', values: ['r1'] },
    { name: 'permission', scope: 'r1', values: ['read'] },
    { name: 'duration', scope: 'main-vault', values: ['3600'] },
    { name: 'reason', values: ['why'] },
  ]
  const without = (...names: string[]) => filled.filter(({ name }) => !names.includes(name))

  test('is read as it was filled in', () => {
    const value = {
      items: [{ resource: 'r1', permission: 'read' }],
      allOrNothing: false,
      others: 'leave-out',
      duration: 3600,
      reason: 'why',
    }
    expect(readRequestForm(filled)).toEqual({ ok: true, value })
  })

  test('has a permission for each of its resources', () => {
    const two: FieldValues = [
      ...without('resource'),
      { name: 'resource', scope: 'main-vault', values: ['r1', 'r2'] },
      { name: 'permission', scope: 'r2', values: ['read-write'] },
    ]
    expect(readRequestForm(two)).toMatchObject({
      value: {
        items: [
          { resource: 'r1', permission: 'read' },
          { resource: 'r2', permission: 'read-write' },
        ],
      },
    })
  })

  test('says whether all of several resources is wanted or nothing', () => {
    const asked = (value: string) => readRequestForm([...filled, { name: 'ifDenied', values: [value] }])
    expect(asked('nothing')).toMatchObject({ value: { allOrNothing: true } })
    expect(asked('rest')).toMatchObject({ value: { allOrNothing: false } })
  })

  test('names the fields that are missing or broken', () => {
    expect(readRequestForm([])).toEqual({ ok: false, missing: ['resource', 'permission', 'duration'] })
    const broken: FieldValues = [...without('duration'), { name: 'duration', values: ['-5'] }]
    expect(readRequestForm(broken)).toEqual({ ok: false, missing: ['duration'] })
    expect([readNote([]), readNote([{ name: 'note', values: ['  as agreed '] }])]).toEqual(['', 'as agreed'])
  })

  test('does not take the permission that was picked for another resource', () => {
    const other: FieldValues = [...without('resource'), { name: 'resource', scope: 'main-vault', values: ['r2'] }]
    expect(readRequestForm(other)).toEqual({ ok: false, missing: ['permission'], of: 'r2' })
  })

  test('has its complaints beside the fields that it shows, and the others beside the resource', () => {
    const [resource] = filled
    expect(placed(without('permission'), { permission: 'Pick one.', reason: 'Too short.' })).toMatchObject([
      { field: resource, sentence: 'Pick one.' },
      { field: { name: 'reason' }, sentence: 'Too short.' },
    ])
    expect(placed([], { reason: 'Too short.' })).toEqual([])
  })
})

describe('the words behind "request"', () => {
  test.each([
    ['', { search: '' }],
    ['kv/apps/db', { search: 'kv/apps/db' }],
    ['kv/apps/db 20s', { search: 'kv/apps/db', duration: 20 }],
    ['kv/apps/db 1h', { search: 'kv/apps/db', duration: 3600 }],
    ['kv/apps/db for 30 minutes', { search: 'kv/apps/db', duration: 1800 }],
    [
      'apps db for 2 days because of the audit',
      { search: 'apps db', duration: 172800, reason: 'because of the audit' },
    ],
    ['kv/apps/db: payments fail', { search: 'kv/apps/db', reason: 'payments fail' }],
    [
      'kv/apps/db for debugging payments',
      { search: 'kv/apps/db', reason: 'debugging payments', otherwise: 'debugging payments' },
    ],
    [
      'kv/a and kv/b for 2h for the audit',
      { search: 'kv/a and kv/b', duration: 7200, reason: 'the audit', otherwise: 'the audit' },
    ],
    ['orders database 15m prod is down', { search: 'orders database', duration: 900, reason: 'prod is down' }],
    ['db 15m down because of the queue', { search: 'db', duration: 900, reason: 'down because of the queue' }],
    ['kv/a 1h kv/b', { search: 'kv/a kv/b', duration: 3600 }],
    ['orders 1h and billing', { search: 'orders and billing', duration: 3600 }],
    ['access to orders database', { search: 'access', reason: 'orders database', otherwise: 'orders database' }],
    ['1h kv/2h/db', { search: 'kv/2h/db', duration: 3600 }],
    ['kv/apps/db because it takes 1h', { search: 'kv/apps/db', reason: 'it takes 1h' }],
  ])('"%s" is taken apart', (typed, read) => {
    expect(readRequestWords(typed)).toEqual(read)
  })

  test('never fail', () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (typed) => void readRequestWords(typed)))
  })
})
