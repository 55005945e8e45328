import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type BrowserSessions, browserSessions } from '../../src/app/browser-sessions.ts'
import type { Deps } from '../../src/app/deps.ts'
import { personId, sessionId } from '../../src/domain/ids.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import { timestamp } from '../../src/domain/time.ts'
import { ExternalError, type Person, type Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'

const start = Date.UTC(2026, 10, 25, 8)
const minute = 60_000
const hour = 60 * minute
const account = { platform: 'oidc', tenant: 'https://id.example.com', subject: 'sub=ada' } as const
const ada: Person = { id: personId('ada'), name: 'Ada', identities: [account] }
const grace: Person = { id: personId('grace'), name: 'Grace', identities: [{ ...account, subject: 'sub=grace' }] }
const laptop = { label: 'Firefox on Linux', address: '10.0.0.7' }

let folder: string
let store: Store
let now: number
let people: Person[]
/** What the chat says about accounts. */
let chat: 'active' | 'deactivated' | 'silent'
let sessions: BrowserSessions
/** The same, where every first try to save comes too late. */
let racing: BrowserSessions

/** A store in which somebody else uses a session once, after it was read and before it is saved. */
const withRace = (): Store => {
  const raced = new Set<string>()
  return Object.assign(Object.create(store) as Store, {
    saveSession: async (...given: Parameters<Store['saveSession']>) => {
      const [{ id }] = given
      const present = raced.has(id) ? undefined : await store.session({ id })
      raced.add(id)
      if (present) await store.saveSession({ ...present, usedAt: timestamp(now) })
      return store.saveSession(...given)
    },
  })
}

const open = async () => {
  store = await openStore(join(folder, 'latchkey.sqlite'), { newId: () => randomBytes(16).toString('hex') })
  const hash = (text: string) => createHash('sha256').update(text).digest('hex')
  const directory: Pick<Deps['directory'], 'find' | 'person'> = {
    find: (id) => people.find((one) => one.id === id),
    person: ({ subject }) => people.find((one) => one.identities.some((each) => each.subject === subject)),
  }
  const admits = async () => {
    if (chat === 'silent') throw new ExternalError('chat-unreachable', 'It does not answer.', { transient: true })
    return chat === 'active' ? accept(undefined) : refuse({ code: 'not-admitted', why: 'deactivated' })
  }
  const platforms = new Map([['slack', { name: 'slack', admits }]])
  const log = { info: () => {}, warn: () => {}, error: () => {} }
  const more = { platforms, log, nudge: () => {} }
  const parts = { ...more, store, directory, clock: { now: () => timestamp(now) }, hash, settings: {} }
  const drawn = { newId: () => randomBytes(16).toString('hex'), newNonce: () => randomBytes(32).toString('base64url') }
  const sessionsIn = (where: Store) => browserSessions({ ...parts, ...drawn, store: where } as unknown as Deps)
  sessions = sessionsIn(store)
  racing = sessionsIn(withRace())
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-'))
  ;[now, people, chat] = [start, [ada, grace], 'active']
  await open()
})
afterEach(async () => {
  await store.close()
  await rm(folder, { recursive: true, force: true })
})

const who = async (cookie: string, label = laptop.label) => (await sessions.find(cookie, label))?.person.id
const ends = async () =>
  (await store.auditRows(0, 99)).flatMap(({ kind, detail }) => (kind === 'session-ended' ? [detail.why] : []))
/** Uses the session every half hour, as somebody at work does. */
const workUntil = async (cookie: string, end: number) => {
  for (; now < end; now += 30 * minute) await sessions.find(cookie, laptop.label)
}

test('whoever comes back from the issuer is one person, or is refused', async () => {
  expect(await sessions.enter([account])).toEqual({ kind: 'confirmed', person: ada })
  const stranger = { ...account, subject: 'sub=nobody' }
  expect(await sessions.enter([stranger])).toEqual({ kind: 'nobody', accounts: [stranger] })
  const [row] = await store.auditRows(0, 9)
  expect(row).toMatchObject({ kind: 'refused', actor: { subject: 'sub=nobody' }, detail: { code: 'unknown-person' } })
})

test('somebody whose chat accounts are all deactivated is not signed in; a silent chat stops nobody', async () => {
  const both: Person = { ...ada, identities: [account, { platform: 'slack', tenant: 'T1', subject: 'U-ada' }] }
  people = [both, grace]
  chat = 'deactivated'
  expect(await sessions.enter([account])).toEqual({ kind: 'nothing', person: both })
  const [row] = await store.auditRows(0, 9)
  expect(row).toMatchObject({ kind: 'refused', actor: { id: 'ada' }, detail: { code: 'not-admitted' } })
  chat = 'silent'
  expect(await sessions.enter([account])).toEqual({ kind: 'confirmed', person: both })
})

test('a session is a row with a hash, which survives a restart', async () => {
  const cookie = await sessions.open(ada, laptop, undefined)
  expect(JSON.stringify(await store.liveSessions(timestamp(now)))).not.toContain(cookie)
  await store.close()
  await open()
  expect(await sessions.find(cookie, laptop.label)).toMatchObject({ person: ada, by: 'browser', signedInAt: start })
  expect(await who(randomBytes(32).toString('base64url'))).toBeUndefined()
})

test('it ends after twelve hours of work, and after one without', async () => {
  const worked = await sessions.open(ada, laptop, undefined)
  await workUntil(worked, start + 12 * hour - minute)
  now = start + 12 * hour - minute
  expect(await who(worked)).toBe('ada')
  now = start + 12 * hour
  expect(await who(worked)).toBeUndefined()
  const left = await sessions.open(ada, laptop, undefined)
  now += hour
  expect(await who(left)).toBeUndefined()
  expect(await ends()).toEqual(['unused'])
})

test('another sign-in of the same person draws a new cookie, and makes it no longer', async () => {
  const first = await sessions.open(ada, laptop, undefined)
  await workUntil(first, start + 2 * hour)
  const second = await sessions.open(ada, laptop, first)
  expect(await who(first)).toBeUndefined()
  expect(await sessions.find(second, laptop.label)).toMatchObject({ signedInAt: now })
  expect(await sessions.list(ada.id)).toHaveLength(1)
  await workUntil(second, start + 12 * hour)
  now = start + 12 * hour
  expect(await who(second)).toBeUndefined()
})

test('another person at the same browser ends it', async () => {
  const first = await sessions.open(ada, laptop, undefined)
  const second = await sessions.open(grace, laptop, first)
  expect([await who(first), await who(second)]).toEqual([undefined, 'grace'])
  expect(await ends()).toEqual(['other-account'])
})

test('it ends at once, for both, when its cookie comes from another browser', async () => {
  const cookie = await sessions.open(ada, laptop, undefined)
  expect(await who(cookie, 'Another program')).toBeUndefined()
  expect(await who(cookie)).toBeUndefined()
  expect(await ends()).toEqual(['other-browser'])
})

test('it ends with the person', async () => {
  const cookie = await sessions.open(ada, laptop, undefined)
  people = [grace]
  expect(await who(cookie)).toBeUndefined()
  people = [ada, grace]
  expect(await who(cookie)).toBeUndefined()
})

test('one ends by itself, or all together; nobody ends those of others', async () => {
  const cookies = [await sessions.open(ada, laptop, undefined), await sessions.open(ada, laptop, undefined)]
  const other = await sessions.open(grace, laptop, undefined)
  const [newest] = await sessions.list(ada.id)
  expect((await sessions.end(newest?.id ?? sessionId(''), grace.id)).ok).toBe(false)
  expect((await sessions.end(newest?.id ?? sessionId(''), ada.id)).ok).toBe(true)
  expect(await Promise.all(cookies.map((cookie) => who(cookie)))).toEqual(['ada', undefined])
  await sessions.endAll(ada.id)
  expect(await Promise.all(cookies.map((cookie) => who(cookie)))).toEqual([undefined, undefined])
  expect(await who(other)).toBe('grace')
})

test('what was ended is over, even if the session was used between reading and saving', async () => {
  const ways: Record<string, (cookie: string) => Promise<unknown>> = {
    'all together': () => racing.endAll(ada.id),
    'by itself': async () => {
      for (const { id } of await sessions.list(ada.id)) await racing.end(id, ada.id)
    },
    'by another browser': (cookie) => racing.find(cookie, 'Another program'),
    'by another person': (cookie) => racing.open(grace, laptop, cookie),
  }
  for (const [way, end] of Object.entries(ways)) {
    const cookie = await sessions.open(ada, laptop, undefined)
    if (way === 'all together') await sessions.open(ada, { ...laptop, label: 'Phone' }, undefined)
    await end(cookie)
    expect([way, await sessions.list(ada.id), await who(cookie)]).toEqual([way, [], undefined])
  }
})

test('a second sign-in leaves no session behind, even if the first was used meanwhile', async () => {
  const first = await sessions.open(ada, laptop, undefined)
  const second = await racing.open(ada, laptop, first)
  expect([await who(first), await who(second)]).toEqual([undefined, 'ada'])
  expect(await sessions.list(ada.id)).toHaveLength(1)
})
