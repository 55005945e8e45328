import { expect, test } from 'vitest'
import { newSeals } from '../../../src/chat/conversation/seals.ts'
import { secret } from '../../../src/domain/secret.ts'
import { type Timestamp, timestamp } from '../../../src/domain/time.ts'

const start = 1_790_000_000_000
const sealsAt = (clock: { now: () => Timestamp }, signingSecret = 'example signing secret') =>
  newSeals(secret(signingSecret), clock)
const someone = { platform: 'slack', tenant: 'T0TEAM', subject: 'U0DEV' } as const

test('a list’s buttons work for its reader, for a day, and across a restart', () => {
  let now = timestamp(start)
  const clock = { now: () => now }
  const seal = sealsAt(clock).seal(someone)
  const seals = sealsAt(clock)
  expect(seals.isSealed(seal, someone)).toBe(true)
  expect(seals.isSealed(seal, { ...someone, subject: 'U0OWNER' })).toBe(false)
  expect(seals.isSealed(seal, { ...someone, tenant: 'T0ELSE' })).toBe(false)
  now = timestamp(start + 24 * 60 * 60 * 1000)
  expect(seals.isSealed(seal, someone)).toBe(true)
  now = timestamp(now + 1)
  expect(seals.isSealed(seal, someone)).toBe(false)
})

test('a seal of somebody who has not the secret, or that was changed, is none', () => {
  const clock = { now: () => timestamp(start) }
  const seals = sealsAt(clock)
  const seal = seals.seal(someone)
  const [until = '', mark = ''] = seal.split('.')
  for (const forged of [
    sealsAt(clock, 'another secret').seal(someone),
    `${Number(until) + 1}.${mark}`,
    `${until}.`,
    `${until}.${mark}x`,
    `.${mark}`,
    'made up',
    '',
    '∞.∞',
  ]) {
    expect(seals.isSealed(forged, someone)).toBe(false)
  }
})

test('a seal of a form is good for that form alone, and for no list', () => {
  const seals = sealsAt({ now: () => timestamp(start) })
  const seal = seals.seal(someone, 'approve r1')
  expect(seals.isSealed(seal, someone, 'approve r1')).toBe(true)
  expect(seals.isSealed(seal, someone, 'approve r2')).toBe(false)
  expect(seals.isSealed(seal, { ...someone, subject: 'U0OWNER' }, 'approve r1')).toBe(false)
  expect(seals.isSealed(seal, someone)).toBe(false)
  expect(seals.isSealed(seals.seal(someone), someone, 'approve r1')).toBe(false)
})
