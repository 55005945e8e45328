import { chmod, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Content } from '../../src/people-cli/safe/content.ts'
import { newKey, thumbprintOf } from '../../src/people-cli/session/dpop.ts'
import { lockedKeyring } from '../support/locked-keyring.ts'
import { newMachine, type PersonsMachine, runPeopleProcess } from '../support/people-cli.ts'
import { startTokenEndpoint } from '../support/token-endpoint.ts'

/** The session of people's `latchkey`: how it is kept, and how it is renewed. */
const signedIn = async () => {
  const key = newKey()
  const endpoint = await startTokenEndpoint(thumbprintOf(key))
  const machine = await newMachine()
  const tokens = { accessToken: 'access-0', refreshToken: 'refresh-0', accessUntil: 0 }
  await machine.keep({ server: endpoint.url, session: { id: 's1', rights: 'own', key, ...tokens }, credentials: [] })
  return { endpoint, machine }
}
const kept = async ({ sessionFile }: PersonsMachine): Promise<Content> =>
  JSON.parse(await readFile(sessionFile, 'utf8'))

test('commands at the same time use a refresh token once: the others wait for what the first one gets', async () => {
  const { endpoint, machine } = await signedIn()
  const runs = await Promise.all(Array.from({ length: 5 }, () => runPeopleProcess(machine, ['whoami'])))
  for (const { code, out, err } of runs)
    expect({ code, err, out }).toMatchObject({ code: 0, out: expect.stringContaining('Ada') })
  expect(endpoint.refreshes.map(({ token }) => token)).toEqual(['refresh-0'])
  expect((await kept(machine)).session).toMatchObject({ refreshToken: 'refresh-1' })
  expect((await stat(machine.sessionFile)).mode & 0o777).toBe(0o600)
})

test('a refresh whose answer was lost is repeated at once as the same use, and not as a second one', async () => {
  const { endpoint, machine } = await signedIn()
  endpoint.loseAnswers(1)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
  const [first, second, ...more] = endpoint.refreshes
  expect(first?.attempt).toBeTruthy()
  expect(second).toEqual(first)
  expect(more).toEqual([])
  expect((await kept(machine)).session).not.toHaveProperty('attempt')
})

test('a refresh that stays without an answer is repeated by the next command', async () => {
  const { endpoint, machine } = await signedIn()
  endpoint.loseAnswers(2)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 7 })
  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
  const [first, ...others] = endpoint.refreshes
  expect(others).toEqual([first, first])
  expect((await kept(machine)).session).not.toHaveProperty('attempt')
})

test('a session that is over is told, with what to do', async () => {
  const { machine } = await signedIn()
  const content = await kept(machine)
  if (!content.session) throw new Error('no session')
  await machine.keep({ ...content, session: { ...content.session, refreshToken: 'another' } })
  const { code, err } = await machine.run(['whoami'])
  expect(code).toBe(3)
  expect(err).toContain('Your session is over.')
  expect(err).toContain('latchkey sign-in')
})

test('the lock of a command that was killed is taken over', async () => {
  const { machine } = await signedIn()
  const lock = `${machine.sessionFile}.lock`
  await writeFile(lock, `${hostname()} 4194303 gone`)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
})

test('so is an empty one, whose command was killed before it wrote its name', async () => {
  const { machine } = await signedIn()
  const lock = `${machine.sessionFile}.lock`
  await writeFile(lock, '')
  const old = new Date(Date.now() - 10_000)
  await utimes(lock, old, old)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
  await expect(stat(lock)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('so is a lock of another machine that shares the folder, once it is old', async () => {
  const { machine } = await signedIn()
  const lock = `${machine.sessionFile}.lock`
  await writeFile(lock, 'elsewhere 1 gone')
  const old = new Date(Date.now() - 120_000)
  await utimes(lock, old, old)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 0 })
})

test('a session file that others may read, or that is a link, is refused', async () => {
  const { machine } = await signedIn()
  await chmod(machine.sessionFile, 0o640)
  const { code, err } = await machine.run(['whoami'])
  expect(code).toBe(1)
  expect(err).toContain('640')
  expect(err).toContain('chmod 600')
  const other = await newMachine()
  await other.keep({ credentials: [] })
  const linked = await newMachine()
  await linked.keep({ credentials: [] })
  await chmod(machine.sessionFile, 0o600)
  await rm(linked.sessionFile)
  await symlink(machine.sessionFile, linked.sessionFile)
  expect(await linked.run(['whoami'])).toMatchObject({ code: 1, err: expect.stringContaining('link') })
})

test('a folder in which others may put files is refused before anything is written there', async () => {
  const { machine } = await signedIn()
  await chmod(join(machine.sessionFile, '..'), 0o777)
  expect(await machine.run(['whoami'])).toMatchObject({ code: 1, err: expect.stringContaining('chmod 700') })
})

test('plain HTTP is refused beyond this machine, and so is what is no address', async () => {
  const machine = await newMachine()
  for (const server of [
    'http://latchkey.example',
    'ftp://latchkey.example',
    'https://a:b@latchkey.example',
    'https://x/y',
  ])
    expect(await machine.run(['sign-in', '--server', server]), server).toMatchObject({ code: 2 })
  expect(await machine.run(['sign-in'])).toMatchObject({ code: 2, err: expect.stringContaining('--server') })
})

test('signing out forgets everything, also when Latchkey is away', async () => {
  const machine = await newMachine()
  const tokens = { accessToken: 'a', refreshToken: 'r', accessUntil: Date.now() + 600_000 }
  await machine.keep({
    server: 'http://127.0.0.1:1',
    session: { id: 's1', rights: 'own', key: newKey(), ...tokens },
    credentials: [],
  })
  expect(await machine.run(['sign-out'])).toMatchObject({ code: 0, err: expect.stringContaining('runs out by itself') })
  await expect(stat(machine.sessionFile)).rejects.toMatchObject({ code: 'ENOENT' })
  expect(await machine.run(['whoami'])).toMatchObject({ code: 3 })
})

/** The session file of a machine whose session is in the system's keyring. */
const inKeyring = { keptIn: 'keyring' } as never

test('signing out removes the file also where the keyring is gone, and says what was not done', async () => {
  const machine = await newMachine()
  await machine.keep(inKeyring)
  const { code, out, err } = await machine.run(['sign-out'], { environment: { LATCHKEY_KEYRING: '' } })
  expect([code, out]).toEqual([1, ''])
  expect(err).toContain('@napi-rs/keyring is not installed')
  expect(err).toContain('runs out by itself')
  expect(err).toContain('remove the entry “latchkey”')
  await expect(stat(machine.sessionFile)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('so it does where the keyring is locked; other commands say that it is', async () => {
  const machine = await newMachine()
  await machine.keep(inKeyring)
  const locked = { ...machine, environment: { ...machine.environment, LATCHKEY_KEYRING: '' } }
  const program = [
    process.execPath,
    '--import',
    lockedKeyring,
    join(import.meta.dirname, '../../src/people-cli/bin.ts'),
  ]
  const asked = await runPeopleProcess(locked, ['whoami'], { program })
  expect(asked).toMatchObject({ code: 1, err: expect.stringContaining('in the keyring, but the collection is locked') })
  const { code, err } = await runPeopleProcess(locked, ['sign-out'], { program })
  expect([code, err]).toEqual([1, expect.stringContaining('the collection is locked')])
  await expect(stat(machine.sessionFile)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('a keyring that was turned off is not used, and its session is not taken for none', async () => {
  const machine = await newMachine()
  await machine.keep(inKeyring)
  for (const line of [['whoami'], ['sign-in', '--server', 'http://127.0.0.1:1']]) {
    const { code, err } = await machine.run(line)
    expect([code, err]).toEqual([1, expect.stringContaining('in the keyring, but LATCHKEY_KEYRING=off')])
    expect(err).toContain('latchkey sign-out')
  }
  expect(await machine.run(['sign-out'])).toMatchObject({
    code: 1,
    err: expect.stringContaining('LATCHKEY_KEYRING=off'),
  })
  expect(await machine.run(['whoami'])).toMatchObject({ code: 3 })
})
