import { expect, test } from 'vitest'
import { folderRate, timeLeft } from '../../../src/domain/discovery.ts'
import { timestamp } from '../../../src/domain/time.ts'

test('the rate is what was done since some earlier look', () => {
  expect(folderRate({ at: timestamp(1_000), done: 100 }, { at: timestamp(5_000), done: 300 })).toBe(50)
  expect(folderRate({ at: timestamp(1_000), done: 100 }, { at: timestamp(1_000), done: 100 })).toBe(0)
  expect(folderRate({ at: timestamp(1_000), done: 100 }, { at: timestamp(2_000), done: 0 })).toBe(0)
})

test('the time left follows from what is known or expected, whichever is more', () => {
  const folders = { done: 100, known: 200, expected: 600 }
  expect(timeLeft({ folders }, 50)).toBe(10)
  expect(timeLeft({ folders: { ...folders, expected: 0 } }, 50)).toBe(2)
  expect(timeLeft({ folders: { done: 700, known: 700, expected: 600 } }, 50)).toBe(0)
  expect(timeLeft({ folders }, 0)).toBeUndefined()
})
