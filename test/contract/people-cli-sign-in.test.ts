import { createHash } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { browserSessions } from '../../src/app/browser-sessions.ts'
import { personId } from '../../src/domain/ids.ts'
import type { Io } from '../../src/people-cli/io.ts'
import type { Session } from '../../src/people-cli/safe/content.ts'
import { openSafe } from '../../src/people-cli/safe/safe.ts'
import { keepSession } from '../../src/people-cli/session/keep.ts'
import { obtainSession } from '../../src/people-cli/session/obtain.ts'
import { newMachine } from '../support/people-cli.ts'
import { type SessionWorld, sessionWorld } from '../support/session-world.ts'

/** People's `latchkey` signs in again and again at the real server, which has an issuer. */
let world: SessionWorld
beforeEach(async () => {
  world = await sessionWorld({ hasIssuer: true, hasDeviceCode: true })
})
afterEach(() => world?.stop())

/** Ada opens the address that the terminal shows, and lets the terminal in there. */
const letIn = async (address: string): Promise<void> => {
  const wish = new URL(address).searchParams
  const [key = '', label = '', challenge = '', state = ''] = ['key', 'host', 'code_challenge', 'state'].map(
    (name) => wish.get(name) ?? undefined,
  )
  const machine = { key, label, challenge, address: '127.0.0.1' }
  const code = await world.terminals.permitInBrowser(machine, personId('ada'), world.clock.now())
  await fetch(`http://127.0.0.1:${wish.get('port')}/callback?${new URLSearchParams({ code, state })}`)
}

const signIn = async (): Promise<Session> => {
  const io = { environment: {}, note: (text: string) => void (text.includes('/authorize') && letIn(text.trim())) }
  return obtainSession(world.publicUrl, io as unknown as Io, { code: false, browser: false })
}

const liveOnes = async () =>
  (await world.store.liveSessions(world.clock.now(), personId('ada'))).map(({ kind, label }) => `${kind} ${label}`)

const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

/** Ada is signed in at her browser and at another terminal. */
const signedInElsewhere = async () => {
  const ada = world.people.get('ada')
  if (!ada) throw new Error('nobody')
  await browserSessions(world.deps).open(ada, { label: 'Firefox', address: '127.0.0.1' }, undefined)
  const by = world.key()
  const code = await world.terminals.permitInBrowser(
    { key: by.thumbprint, label: 'desktop', challenge: challengeOf('v'.repeat(43)), address: '127.0.0.1' },
    ada.id,
    world.clock.now(),
  )
  world.tokensIn(await world.token(by, { grant_type: 'authorization_code', code, code_verifier: 'v'.repeat(43) }))
}

test('a machine that signs in 25 times has one live session, and the person stays signed in elsewhere', async () => {
  await signedInElsewhere()
  const safe = openSafe({ environment: (await newMachine()).environment, note: () => {} })
  let last: Session | undefined
  for (let count = 0; count < 25; count += 1) {
    last = await signIn()
    await keepSession(safe, world.publicUrl, last)
  }
  expect(await liveOnes()).toEqual([expect.stringContaining('terminal '), 'terminal desktop', 'browser Firefox'])
  expect((await safe.read()).session).toEqual(last)
})

test('also a machine that loses its sessions pushes out none but its own', async () => {
  await signedInElsewhere()
  for (let count = 0; count < 25; count += 1) await signIn()
  const live = await liveOnes()
  expect(live).toHaveLength(20)
  expect(live.slice(-2)).toEqual(['terminal desktop', 'browser Firefox'])
})

test('a replaced session at a server that is away holds nobody up', async () => {
  const safe = openSafe({ environment: (await newMachine()).environment, note: () => {} })
  const session = await signIn()
  await keepSession(safe, 'http://127.0.0.1:1', { ...session, id: 'earlier' })
  await keepSession(safe, world.publicUrl, session)
  expect(await safe.read()).toEqual({ server: world.publicUrl, session, credentials: [] })
})

test('too many codes lately stop nobody who has a browser, but whoever insists on a code', async () => {
  const key = world.key().thumbprint
  for (let count = 0; count < 11; count += 1) await world.post('start', { key, host: 'x' })
  expect(await signIn()).toMatchObject({ rights: 'all' })
  const insists = obtainSession(world.publicUrl, {} as Io, { code: true, browser: false })
  await expect(insists).rejects.toMatchObject({ status: 429, code: 'too-many-codes' })
})

test('without an issuer they do stop the sign-in, because there is no page', async () => {
  await world.stop()
  world = await sessionWorld()
  const key = world.key().thumbprint
  for (let count = 0; count < 11; count += 1) await world.post('start', { key, host: 'x' })
  await expect(signIn()).rejects.toMatchObject({ status: 429, code: 'too-many-codes' })
})
