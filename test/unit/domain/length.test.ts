import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lengthInWords, lengthOf, lengthText } from '../../../src/domain/length.ts'

test.each([
  ['45s', 45],
  ['15m', 900],
  ['1h30m', 5400],
  ['2d', 172_800],
  ['0s', 0],
])('%s is a length', (text, length) => {
  expect(lengthOf(text)).toBe(length)
})

test.each(['', '15', 'm', '1.5h', '-1h', '1h 30m', '1w', '1H', '1234567890s'])('"%s" is none', (text) => {
  expect(lengthOf(text)).toBeUndefined()
})

test.each([
  [3600, 4, '1 hour'],
  [90_061, 4, '1 day 1 hour 1 minute 1 second'],
  [90_061, 2, '1 day 1 hour'],
  [86_460, 2, '1 day'],
  [0, 4, '0 seconds'],
])('%i in at most %i units is "%s"', (length, most, words) => {
  expect(lengthInWords(length, most)).toBe(words)
})

test('a length is written as it is read', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e8 }), (length) => lengthOf(lengthText(length)) === length))
})
