import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { awaitEnd } from '../../src/app/await-end.ts'
import { type Bell, newBell } from '../../src/app/bell.ts'
import type { GrantEvent } from '../../src/domain/grant.ts'
import type { GrantId } from '../../src/domain/ids.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from './store-samples.ts'

const until = sample.at(1800)
const proof = { means: 'canary', at: sample.at(31), latency: 51 } as const
let store: Store
let bell: Bell
let now = sample.at(20)
const sleepers = new Set<() => void>()
const clock = {
  now: () => now,
  sleep: (_: unknown, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      sleepers.add(resolve)
      signal.addEventListener('abort', () => resolve())
    }),
}

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  bell = newBell()
  now = sample.at(20)
})
afterEach(() => store.close())

const given = async (): Promise<{ id: GrantId; happens: (event: GrantEvent) => Promise<void> }> => {
  const { request } = await sample.submitted(store, {})
  await sample.mustCommit(store, sample.approval(request))
  const reload = (): Promise<Loaded> => sample.reload(store, request)
  return {
    id: sample.grantOf(await reload()).id,
    happens: async (event) => {
      await sample.mustCommit(store, sample.after(await reload(), event, sample.at(30)))
      bell.ring()
    },
  }
}
const never = new AbortController().signal

test('the wait for an end is over when the end is proved, and not when it is only asked for', async () => {
  const { id, happens } = await given()
  let answer: Loaded | undefined
  const waiting = awaitEnd({ store, clock }, bell)(id, until, never).then((loaded) => (answer = loaded))
  await happens({ kind: 'revoke-asked', because: 'given-back' })
  expect(answer).toBeUndefined()
  await happens({ kind: 'revoked', proof })
  await waiting
  expect(answer?.grant).toMatchObject({ state: 'ended', proof })
})

test('an end that was proved before is answered at once', async () => {
  const { id, happens } = await given()
  await happens({ kind: 'revoke-asked', because: 'given-back' })
  await happens({ kind: 'revoked', proof })
  expect((await awaitEnd({ store, clock }, bell)(id, until, never))?.grant?.state).toBe('ended')
})

test('an end that takes longer than answers last is told by the card alone', async () => {
  const { id } = await given()
  const waiting = awaitEnd({ store, clock }, bell)(id, until, never)
  now = sample.at(1801)
  for (const wake of sleepers) wake()
  expect(await waiting).toBeUndefined()
})

test('a stop ends the wait', async () => {
  const { id } = await given()
  const stop = new AbortController()
  const waiting = awaitEnd({ store, clock }, bell)(id, until, stop.signal)
  stop.abort()
  expect(await waiting).toBeUndefined()
})
