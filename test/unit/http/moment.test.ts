import { expect, it } from 'vitest'
import { seconds, timestamp } from '../../../src/domain/time.ts'
import { inWords, moment } from '../../../src/http/pages/moment.ts'

it.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [90, '1 minute 30 seconds'],
  [180, '3 minutes'],
  [3_600, '1 hour'],
  [5_400, '1 hour 30 minutes'],
  [93_784, '1 day 2 hours'],
])('%i seconds are called %s', (length, words) => {
  expect(inWords(seconds(length))).toBe(words)
})

it('a moment reads in UTC and carries its exact time for the script', async () => {
  const at = timestamp(Date.UTC(2026, 10, 25, 14, 30))
  expect(String(await moment(at))).toBe('<time datetime="2026-11-25T14:30:00.000Z">25 Nov 2026, 14:30 UTC</time>')
})
