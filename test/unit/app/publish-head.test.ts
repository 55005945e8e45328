import { expect, test } from 'vitest'
import { startHeadKeeper } from '../../../src/app/publish-head.ts'
import { seconds, timestamp } from '../../../src/domain/time.ts'
import type { AuditHead, Store } from '../../../src/ports.ts'
import { noon } from '../../support/builders.ts'

/** Time that passes only when somebody waits for it. */
const handClock = () => {
  let now = noon
  const waits: number[] = []
  return {
    waits,
    now: () => now,
    sleep: async (until: typeof noon, signal: AbortSignal) => {
      waits.push((until - now) / 1000)
      if (waits.length >= 4) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      now = timestamp(until)
    },
  }
}

const head: AuditHead = { sequence: 3, hash: 'a'.repeat(64) }
const store = { auditHead: async () => head, lease: async () => true } as unknown as Store

const keep = async (post?: (given: AuditHead) => Promise<void>, from = store) => {
  const clock = handClock()
  const said: string[] = []
  const note = (fields: object, message: string) => void said.push(`${message} ${JSON.stringify(fields)}`)
  const log = { info: note, warn: note, error: note }
  const keeper = startHeadKeeper({ store: from, clock, log }, { every: seconds(3600), ...(post && { post }) })
  while (clock.waits.length < 4) await new Promise((resolve) => setImmediate(resolve))
  await keeper.stop()
  return { said, waits: clock.waits }
}

test('the head is logged at the start and then every hour', async () => {
  const { said, waits } = await keep()
  expect(new Set(said)).toEqual(new Set([`audit head ${JSON.stringify(head)}`]))
  expect(said).toHaveLength(4)
  expect(waits).toEqual([3600, 3600, 3600, 3600])
})

test('a head that could not be sent is sent again soon, and logged once', async () => {
  const sent: AuditHead[] = []
  let tries = 0
  const { said, waits } = await keep(async (given) => {
    tries += 1
    if (tries <= 2) throw new Error('away')
    sent.push(given)
  })
  expect(waits).toEqual([8, 16, 3600, 3600])
  expect(sent.slice(0, 2)).toEqual([head, head])
  expect(said.map((line) => line.split(' {')[0])).toEqual([
    'audit head',
    'the audit head could not be sent',
    'the audit head is sent again',
    'audit head',
  ])
})

test('a place that does not take the head is named with its beginning, until it does', async () => {
  const clock = handClock()
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const seen: unknown[] = []
  const post = async () => {
    seen.push(keeper.trouble())
    if (seen.length < 3) throw new Error('Slack refused chat.postMessage: is_archived')
  }
  const keeper = startHeadKeeper({ store, clock, log }, { every: seconds(3600), post })
  while (clock.waits.length < 4) await new Promise((resolve) => setImmediate(resolve))
  await keeper.stop()
  const trouble = { since: noon, problem: 'Slack refused chat.postMessage: is_archived' }
  expect([...seen, keeper.trouble()]).toEqual([undefined, trouble, trouble, undefined, undefined])
})

test('a head that cannot be read is tried again soon, and not only after an hour', async () => {
  let reads = 0
  const unwell = {
    auditHead: async () => {
      reads += 1
      if (reads < 3) throw new Error('the disk does not answer')
      return head
    },
  } as Store
  const { said, waits } = await keep(undefined, unwell)
  expect(waits).toEqual([8, 16, 3600, 3600])
  expect(said[0]).toContain('could not be read')
})
