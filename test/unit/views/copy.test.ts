import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Proof } from '../../../src/domain/grant.ts'
import type { Refusal } from '../../../src/domain/refusal.ts'
import { seconds } from '../../../src/domain/time.ts'
import { refusalSentence, refusalText } from '../../../src/views/copy.ts'
import { endReasonText, proofText } from '../../../src/views/copy-states.ts'
import { durationText, latencyText, plainText } from '../../../src/views/copy-time.ts'
import { troubleSentence } from '../../../src/views/copy-troubles.ts'
import { requestFormErrors } from '../../../src/views/form-errors.ts'
import { everyRefusal } from './every-refusal.ts'
import { at } from './subjects.ts'

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

test('who cancels too late reads how to end the access instead', () => {
  expect(plainText(refusalSentence({ code: 'not-pending', state: 'approved', wish: 'cancel' }))).toContain(
    'give it back',
  )
  expect(plainText(refusalSentence({ code: 'not-pending', state: 'denied', wish: 'cancel' }))).toContain('nothing left')
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
  const lent = (means: Proof['means']) => proofText({ means, at: at(0), latency: 12, lent: true })
  expect(lent('canary')).toBe('Proved: a trial token with the same rights was refused after 12 ms.')
  expect(lent('accessor')).toBe('Checked: the vault no longer has any token of it.')
})
