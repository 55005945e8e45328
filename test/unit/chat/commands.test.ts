import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeButton,
  decodeForm,
  encodeButton,
  encodeForm,
  readNote,
  readRequestForm,
} from '../../../src/chat/commands.ts'
import { readRequestWords } from '../../../src/chat/request-words.ts'
import { cardId, grantId, requestId } from '../../../src/domain/ids.ts'

// fast-check's own unit `binary` takes seconds to build its tables.
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const id = fc.string({ minLength: 1, maxLength: 100 })
const aboutRequest = (...verbs: string[]) => fc.record({ do: fc.constantFrom(...verbs), request: id.map(requestId) })
const aboutGrant = (...verbs: string[]) => fc.record({ do: fc.constantFrom(...verbs), grant: id.map(grantId) })
const changes = fc.oneof(aboutRequest('approve', 'deny', 'cancel'), aboutGrant('revoke', 'give-back'))
const buttons = fc.oneof(changes, aboutRequest('show-policy'), aboutGrant('get-link'))
const origins = fc.option(fc.oneof(fc.record({ card: id.map(cardId) }), fc.record({ list: id })), { nil: undefined })
const forms = fc.oneof(
  fc.record({ form: fc.constant('request'), draft: id }),
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
      fc.property(forms, (form) => {
        expect(decodeForm(encodeForm(form as never))).toEqual(form)
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
    expect([readNote({}), readNote({ note: '  as agreed ' })]).toEqual(['', 'as agreed'])
  })
})

describe('the words behind "request"', () => {
  test.each([
    ['', { search: '' }],
    ['kv/apps/db', { search: 'kv/apps/db' }],
    ['kv/apps/db 20s', { search: 'kv/apps/db', duration: 20 }],
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
