import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeButton, decodeForm, encode, readDenyForm, readRequestForm } from '../../../src/chat/commands.ts'
import { readRequestWords } from '../../../src/chat/request-words.ts'
import { grantId, requestId } from '../../../src/domain/ids.ts'

// fast-check's own unit `binary` takes seconds to build its tables.
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const id = fc.string({ minLength: 1, maxLength: 100 })
const buttons = fc.oneof(
  fc.record({ do: fc.constantFrom('approve', 'deny', 'cancel', 'show-policy'), request: id.map(requestId) }),
  fc.record({ do: fc.constantFrom('revoke', 'give-back', 'get-link'), grant: id.map(grantId) }),
)
const forms = fc.oneof(
  fc.record({ form: fc.constant('request'), draft: id }),
  fc.record({ form: fc.constant('deny'), request: id.map(requestId) }),
)

describe('the codec', () => {
  test('gives back every button as it was, within what a button may carry', () => {
    fc.assert(
      fc.property(buttons, (button) => {
        expect(decodeButton(encode(button as never))).toEqual(button)
        expect(encode(button as never).length).toBeLessThan(2000)
      }),
    )
  })

  test('gives back every form as it was, within what a dialog may carry', () => {
    fc.assert(
      fc.property(forms, (form) => {
        expect(decodeForm(encode(form as never))).toEqual(form)
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
    expect(decodeButton('{"do":"approve","request":"q1","by":"somebody else"}')).toEqual({
      do: 'approve',
      request: 'q1',
    })
  })
})

describe('a submitted form', () => {
  test('is read as it was filled in', () => {
    expect(readRequestForm({ resource: 'r1', permission: 'read', duration: '3600', reason: 'why' })).toEqual({
      ok: true,
      value: { resource: 'r1', permission: 'read', duration: 3600, reason: 'why' },
    })
  })

  test('names the fields that are missing or broken', () => {
    expect(readRequestForm({})).toEqual({ ok: false, missing: ['resource', 'permission', 'duration'] })
    expect(readRequestForm({ resource: 'r1', permission: 'read', duration: '-5' })).toEqual({
      ok: false,
      missing: ['duration'],
    })
    expect(readDenyForm({})).toEqual({ ok: true, value: { note: '' } })
  })
})

describe('the words behind "request"', () => {
  test.each([
    ['', { search: '' }],
    ['kv/apps/db', { search: 'kv/apps/db' }],
    ['kv/apps/db 1h', { search: 'kv/apps/db', duration: 3600 }],
    ['kv/apps/db for 30 minutes', { search: 'kv/apps/db', duration: 1800 }],
    ['apps db for 2 days because of the audit', { search: 'apps db', duration: 172800, reason: 'of the audit' }],
    ['kv/apps/db: payments fail', { search: 'kv/apps/db', reason: 'payments fail' }],
    ['1h kv/2h/db', { search: 'kv/2h/db', duration: 3600 }],
    ['kv/apps/db because it takes 1h', { search: 'kv/apps/db', reason: 'it takes 1h' }],
  ])('"%s" is taken apart', (typed, read) => {
    expect(readRequestWords(typed)).toEqual(read)
  })

  test('never fail', () => {
    fc.assert(fc.property(fc.string({ unit: anyCharacter }), (typed) => void readRequestWords(typed)))
  })
})
