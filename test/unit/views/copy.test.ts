import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Proof } from '../../../src/domain/grant.ts'
import { requestId } from '../../../src/domain/ids.ts'
import type { Refusal } from '../../../src/domain/refusal.ts'
import { seconds } from '../../../src/domain/time.ts'
import { refusalSentence, refusalText } from '../../../src/views/copy.ts'
import { endReasonText, proofText } from '../../../src/views/copy-states.ts'
import { durationText, latencyText, plainText } from '../../../src/views/copy-time.ts'
import { troubleSentence } from '../../../src/views/copy-troubles.ts'
import { requestFormErrors } from '../../../src/views/forms.ts'
import { at } from './subjects.ts'

const everyRefusal: { [Code in Refusal['code']]: Extract<Refusal, { code: Code }>[] } = {
  'unknown-person': [{ code: 'unknown-person', platform: 'slack', tenant: 'T0TEAM', subject: 'U0NEW' }],
  'not-admitted': (['guest', 'external', 'deactivated', 'bot', 'other-workspace'] as const).map((why) => ({
    code: 'not-admitted',
    why,
  })),
  'not-a-requester': [
    { code: 'not-a-requester', integration: 'main-vault' },
    { code: 'not-a-requester', integration: '' },
  ],
  'no-such-resource': [{ code: 'no-such-resource' }],
  'cannot-be-granted': [{ code: 'cannot-be-granted', obstacle: 'its name has a "*"' }],
  'not-offered': [{ code: 'not-offered', path: 'kv/apps/db' }],
  'place-away': [{ code: 'place-away', place: 'kv/', since: at(1), why: 'no-such-mount' }],
  'no-such-permission': [{ code: 'no-such-permission', permission: 'write' }],
  'reason-too-short': [{ code: 'reason-too-short', atLeast: 5 }],
  'reason-too-long': [{ code: 'reason-too-long', atMost: 500 }],
  'duration-not-offered': [{ code: 'duration-not-offered', longest: seconds(28800) }],
  'already-asked': [
    { code: 'already-asked', state: 'pending', request: requestId('q1') },
    { code: 'already-asked', state: 'live', request: requestId('q1') },
  ],
  'too-many-items': [{ code: 'too-many-items', most: 10 }],
  'other-integration': [{ code: 'other-integration', integration: 'production', item: 'kv/apps/db' }],
  'too-many-open': [{ code: 'too-many-open', most: 20 }],
  'too-many-requests': [{ code: 'too-many-requests', most: 60, again: at(5) }],
  'too-many-searches': [{ code: 'too-many-searches' }],
  'nobody-to-decide': [{ code: 'nobody-to-decide' }],
  'no-owner': [{ code: 'no-owner' }],
  'no-such-request': [{ code: 'no-such-request' }],
  'own-request': [{ code: 'own-request' }],
  'not-an-owner': [{ code: 'not-an-owner' }],
  'already-decided-by-you': [{ code: 'already-decided-by-you' }],
  'part-decided': [{ code: 'part-decided' }],
  'part-changed': [{ code: 'part-changed' }],
  'plan-changed': [{ code: 'plan-changed' }],
  'not-pending': (['pending', 'approved', 'denied', 'cancelled', 'expired'] as const).map((state) => ({
    code: 'not-pending',
    state,
  })),
  'deadline-passed': [{ code: 'deadline-passed', at: at(60) }],
  'note-required': [{ code: 'note-required' }],
  'not-the-requester': [{ code: 'not-the-requester' }],
  'reminded-lately': [{ code: 'reminded-lately', again: at(15) }],
  'nobody-to-remind': [{ code: 'nobody-to-remind' }],
  'introduced-lately': [{ code: 'introduced-lately', again: at(15) }],
  'too-many-introductions': [{ code: 'too-many-introductions', again: at(15) }],
  'no-administrator': [{ code: 'no-administrator' }],
  'requester-gone': [{ code: 'requester-gone' }],
  'requester-removed': [{ code: 'requester-removed', integration: 'main-vault' }],
  rerouted: [{ code: 'rerouted' }],
  'integration-removed': [{ code: 'integration-removed', integration: 'production' }],
  'vault-unreachable': [
    { code: 'vault-unreachable', trouble: 'timeout' },
    { code: 'vault-unreachable', trouble: 'bad-credentials' },
  ],
  'access-not-active': (['not-yet', 'ending', 'ended'] as const).map((state) => ({ code: 'access-not-active', state })),
  'link-unusable': [{ code: 'link-unusable' }],
  'already-explained': [{ code: 'already-explained', at: at(3) }],
  'other-alarm': [{ code: 'other-alarm' }],
  'sign-in-needed': [{ code: 'sign-in-needed' }],
  'foreign-message': [{ code: 'foreign-message' }],
  'try-again': [{ code: 'try-again' }],
}
const refusals: Refusal[] = Object.values(everyRefusal).flat()

describe('every refusal', () => {
  test('has a whole sentence, short enough to be read', () => {
    for (const refusal of refusals) {
      const sentence = plainText(refusalSentence(refusal))
      expect(sentence).toMatch(/^[A-Z].*[.:]$/)
      expect(sentence.length).toBeLessThan(220)
    }
  })

  test('reads differently from every other', () => {
    const sentences = refusals.map((refusal) => plainText(refusalSentence(refusal)))
    expect(new Set(sentences).size).toBe(refusals.length)
    expect(Object.keys(refusalText)).toHaveLength(Object.keys(everyRefusal).length)
  })

  test('stands beside exactly one field of the request form', () => {
    for (const refusal of refusals) expect(Object.keys(requestFormErrors(refusal))).toHaveLength(1)
  })
})

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [1800, '30 minutes'],
  [3600, '1 hour'],
  [5400, '1 hour 30 minutes'],
  [86400, '1 day'],
  [90061, '1 day 1 hour 1 minute 1 second'],
])('%d seconds are "%s"', (length, words) => {
  expect(durationText(seconds(length))).toBe(words)
})

test('a latency is told in milliseconds, or seconds from one on', () => {
  expect([latencyText(0), latencyText(12.4), latencyText(1400)]).toEqual(['0 ms', '12 ms', '1.4 s'])
})

test('every failure code of the vault connector has its own sentence', () => {
  const source = readFileSync(`${import.meta.dirname}/../../../src/connectors/vault/failure.ts`, 'utf8')
  const union = source.slice(source.indexOf('FailureCode ='), source.indexOf('const passing'))
  const codes = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code]) => code ?? '')
  expect(codes.length).toBeGreaterThan(10)
  for (const code of codes) expect(troubleSentence(code)).not.toContain(`(${code})`)
})

test('a code without a sentence is named, not hidden', () => {
  expect(troubleSentence('brand-new')).toContain('brand-new')
})

test('every end reason and every proof has words', () => {
  expect(Object.values(endReasonText).every((words) => words.length > 3)).toBe(true)
})

test('only a refused test login is called a proof; the rest is called a check', () => {
  const said = (means: Proof['means']) => proofText({ means, at: at(0), latency: 12 })
  for (const means of ['canary', 'login'] as const) {
    expect(said(means)).toBe('Proved: a test login with the same rights was refused after 12 ms.')
  }
  expect(said('readback')).toBe('Checked: the vault no longer has its policy.')
  expect(said('accessor')).toBe('Checked: the vault no longer has its policy or its tokens.')
})
