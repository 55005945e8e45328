import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expireRequests } from '../../src/app/expire-requests.ts'
import { requestId } from '../../src/domain/ids.ts'
import { eventually } from '../support/eventually.ts'
import { newMachine } from '../support/people-cli.ts'
import { ciSystem, pipelineWorld } from '../support/pipeline-world.ts'

// People's `latchkey` in a CI job: it signs in nowhere, and calls with the token of the run.

let ci: Awaited<ReturnType<typeof ciSystem>>
beforeAll(async () => {
  ci = await ciSystem()
})
afterAll(() => ci?.stop())
let there: Awaited<ReturnType<typeof pipelineWorld>>
let server: Awaited<ReturnType<typeof there.served>>
beforeEach(async () => {
  there = await pipelineWorld(ci)
  server = await there.served()
})
afterEach(async () => {
  server.stop()
  await there.close()
})

const inJob = (more: Record<string, string> = {}) => ({
  environment: { LATCHKEY_SERVER: server.url, LATCHKEY_TOKEN: there.token(), ...more },
})
const asking = [
  'request',
  'kv/a',
  '--permission',
  'read',
  '--for',
  '15m',
  '--reason',
  'release 17',
  '--vault-id',
  'vault',
]
const asked = async () =>
  eventually(async () => (await there.deps.store.requests({ state: 'pending', limit: 9 }))[0]?.request.id)

test('a job calls with the token of its run, from the environment or from a file that is read anew', async () => {
  const machine = await newMachine()
  expect(await machine.run(['whoami'], inJob())).toMatchObject({
    ...{ code: 0, err: '' },
    out: expect.stringMatching(/pipeline deploy \(pipeline-deploy\)[\s\S]*people decide/),
  })
  const file = join(machine.home, 'token')
  await writeFile(file, `${there.token()}\n`)
  const fromFile = inJob({ LATCHKEY_TOKEN: '', LATCHKEY_TOKEN_FILE: file })
  expect(await machine.run(['whoami', '--json'], fromFile)).toMatchObject({ code: 0 })
  await writeFile(file, there.token({ repository: 'acme/other' }))
  expect(await machine.run(['whoami'], fromFile)).toMatchObject({
    code: 3,
    err: expect.stringContaining('no configured'),
  })
})

describe('the exit code of a job that asks', () => {
  test.each([
    [
      'denied',
      5,
      async (id: string) => {
        const by = there.grace
        await there.verbs.decideRequest(requestId(id), { by, verdict: 'deny', note: 'Not on a Friday.' })
      },
    ],
    [
      'expired',
      5,
      async (id: string) => {
        const loaded = await there.deps.store.request(requestId(id))
        if (loaded?.request.state === 'pending') there.world.advance(700)
        await expireRequests(there.deps)()
      },
    ],
  ])('says that the request was %s', async (_, code, happens) => {
    const machine = await newMachine()
    const running = machine.run(asking, inJob({ LATCHKEY_TOKEN: there.token({ exp: there.now() + 3600 }) }))
    await happens(await asked())
    expect((await running).code).toBe(code)
  })

  test('is 0 where it does not wait; the request goes on', async () => {
    const machine = await newMachine()
    expect(await machine.run([...asking, '--no-wait'], inJob())).toMatchObject({ code: 0 })
    expect(await asked()).toBeTruthy()
  })

  test('says that Latchkey refused, or that the token is no good', async () => {
    const machine = await newMachine()
    const decide = await machine.run(['approve', 'x', '--yes'], inJob())
    expect([decide.code, decide.err]).toEqual([6, expect.any(String)])
    expect(await machine.run(['pending'], inJob())).toMatchObject({ code: 4 })
    const late = inJob({ LATCHKEY_TOKEN: there.token({ exp: there.now() - 60, iat: there.now() - 90 }) })
    expect(await machine.run(['whoami'], late)).toMatchObject({ code: 3, err: expect.stringContaining('CI system') })
  })
})

test('a token is taken from nowhere else, goes nowhere without encryption, and is never shown', async () => {
  const machine = await newMachine()
  const wrong = async (more: Record<string, string>, line = ['whoami']) => {
    const run = await machine.run(line, inJob(more))
    expect(run.out + run.err).not.toContain(there.token().slice(0, 40))
    return run
  }
  expect(await wrong({ LATCHKEY_SERVER: '' })).toMatchObject({
    code: 2,
    err: expect.stringContaining('LATCHKEY_SERVER'),
  })
  expect(await wrong({ LATCHKEY_SERVER: 'http://latchkey.example' })).toMatchObject({ code: 2 })
  expect(await wrong({ LATCHKEY_TOKEN: 'no token' })).toMatchObject({ code: 2, err: expect.stringContaining('JWT') })
  expect(await wrong({ LATCHKEY_TOKEN: '', LATCHKEY_TOKEN_FILE: '/nowhere/token' })).toMatchObject({ code: 2 })
  expect(await wrong({}, ['sign-in'])).toMatchObject({ code: 2, err: expect.stringContaining('needs no sign-in') })
})
