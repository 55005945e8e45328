import { expect, test } from 'vitest'
import { seconds } from '../../src/domain/time.ts'
import type { Clock } from '../../src/ports.ts'
import { endTogether } from '../../src/stop.ts'
import { noon } from '../support/builders.ts'

const said: string[] = []
const note = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
const log = { info: note, warn: note, error: note }
const until = (isOver: boolean): Clock => ({
  now: () => noon,
  sleep: (_, signal) =>
    new Promise((resolve) => {
      if (isOver) setImmediate(resolve)
      else signal.addEventListener('abort', () => resolve())
    }),
})
const never = () => new Promise<never>(() => {})

test('parts end side by side, and one that fails keeps no other from it', async () => {
  said.splice(0)
  const ended: string[] = []
  await endTogether({ clock: until(false), log }, seconds(9), {
    first: async () => void ended.push('first'),
    broken: () => Promise.reject(new Error('no')),
    second: async () => void ended.push('second'),
  })
  expect(ended).toEqual(['first', 'second'])
  expect(said).toEqual([expect.stringContaining('"part":"broken"')])
})

test('a part that does not end is waited for so long and no longer, and is named', async () => {
  said.splice(0)
  await endTogether({ clock: until(true), log }, seconds(9), { quick: async () => {}, stuck: never })
  expect(said).toEqual([expect.stringMatching(/did not end in time.*"parts":"stuck"/)])
})
