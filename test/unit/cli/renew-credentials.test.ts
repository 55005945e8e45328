import { expect, test } from 'vitest'
import { renewCredentials } from '../../../src/app/renew-credentials.ts'
import { integrationId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'

const lines: string[] = []
const log = { info: (_fields: object, message: string) => void lines.push(message), warn: () => {}, error: () => {} }
const clock = { now: () => timestamp(1_000_000), sleep: async () => {} }

test('a renewal says when it is next, is logged when it was done, and comes back soon when it failed', async () => {
  const outcomes = [
    { isRenewed: false, next: timestamp(5_000_000) },
    { isRenewed: true, next: timestamp(9_000_000) },
  ]
  const renew = async () => {
    const outcome = outcomes.shift()
    if (!outcome) throw new Error('the vault is away')
    return outcome
  }
  const { job, next } = renewCredentials({ clock, log }, integrationId('production'), renew)
  await job()
  expect([await next(), lines]).toEqual([5_000_000, []])
  await job()
  expect([await next(), lines]).toEqual([9_000_000, ['credentials renewed']])
  await expect(job()).rejects.toThrow('the vault is away')
  expect(await next()).toBe(1_300_000)
})
