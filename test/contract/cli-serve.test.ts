import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../src/demo/latchkey-process.ts'

const launcher = join(import.meta.dirname, '../../src/launch.cjs')
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-serve-'))
  await symlink(launcher, join(folder, 'latchkey'))
  await symlink(process.execPath, join(folder, 'node'))
  await writeFile(join(folder, 'people.yaml'), 'people:\n  one: { name: One }\ngroups: { all: [one] }\n')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs what npm puts on the PATH. */
const latchkey = (command: string) =>
  spawn('latchkey', [command], {
    cwd: folder,
    env: { PATH: `${folder}:${process.env.PATH}`, HOME: folder, OIDC_CLIENT_SECRET: 'example' },
  })
const exitOfHealth = async (): Promise<unknown> => (await once(latchkey('health'), 'exit'))[0]

/** A server, by default one whose vault is away. */
const serve = async (
  port: number,
  {
    internalUrl = 'http://127.0.0.1:1',
    database = `serve-${port}.sqlite`,
    owner = ['group:all'],
    signIn,
  }: { internalUrl?: string; database?: string; owner?: string[]; signIn?: object } = {},
) => {
  const integration = {
    name: 'production',
    requesters: ['group:all'],
    owner,
    vault: { internalUrl, credentials: { folder } },
  }
  const config = {
    listen: { host: '127.0.0.1', port },
    database,
    link: { baseUrl: `http://127.0.0.1:${port}` },
    integrations: [integration],
    signIn,
  }
  await writeFile(join(folder, 'latchkey.yaml'), JSON.stringify(config))
  const child = latchkey('serve')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  return { child, said: () => said }
}

describe('latchkey serve', () => {
  test('starts the server, and ends in order at a signal', async () => {
    const port = await freePort()
    const { child, said } = await serve(port)
    const health = async () => (await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined))?.status
    await expect.poll(health, { timeout: 20_000, message: said() }).toBe(200)
    expect(await exitOfHealth()).toBe(0)
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(said()).toContain('"stopped"')
    expect(await exitOfHealth()).toBe(1)
  })

  test('beside another one on its database ends with one sentence, without a stack', async () => {
    const port = await freePort()
    const first = await serve(port)
    await expect.poll(first.said, { timeout: 20_000 }).toContain('listening, but not ready')
    const second = await serve(await freePort(), { database: `serve-${port}.sqlite` })
    expect(await once(second.child, 'exit')).toEqual([1, null])
    expect(second.said()).toMatch(/^latchkey: Another Latchkey is using .*Stop that process first/m)
    expect(second.said()).not.toMatch(/^ +at /m)
    first.child.kill('SIGTERM')
    await once(first.child, 'exit')
    expect(first.said()).not.toContain('"ready"')
  })

  test('with owners whom no people file names says so, and is not ready until the file names them', async () => {
    const port = await freePort()
    const { child, said } = await serve(port, { owner: ['person:carol'] })
    const waiting = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
      return ((await answer?.json()) as { waitingFor: string[] } | undefined)?.waitingFor
    }
    await expect.poll(waiting, { timeout: 20_000 }).toContain('owners of production')
    expect(said()).toMatch(
      /"level":"error".*"integration":"production","key":"owner".*nobody can decide on requests here/,
    )
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  test('with an address that is no issuer logs it with key and status, and does not say that it is ready', async () => {
    const none = createHttpServer((_, answer) => answer.writeHead(404).end()).listen(0, '127.0.0.1')
    await once(none, 'listening')
    const issuer = `http://127.0.0.1:${(none.address() as AddressInfo).port}`
    const { child, said } = await serve(await freePort(), { signIn: { issuer, clientId: 'latchkey' } })
    await expect.poll(said, { timeout: 20_000 }).toMatch(/"waitingFor":\[[^\]]*"sign-in"/)
    expect(said()).toMatch(/"level":"error".*"issuer":"http:.*"key":"signIn.issuer".*HTTP 404/)
    expect(said()).not.toContain('"ready"')
    child.kill('SIGTERM')
    await once(child, 'exit')
    none.close()
  })

  test('ends with 1, and has called no vault, when its port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    let calls = 0
    const vault = createServer((line) => {
      calls += 1
      line.destroy()
    }).listen(0, '127.0.0.1')
    await Promise.all([once(taken, 'listening'), once(vault, 'listening')])
    const portOf = (server: typeof taken) => (server.address() as AddressInfo).port
    const { child, said } = await serve(portOf(taken), { internalUrl: `http://127.0.0.1:${portOf(vault)}` })
    expect(await once(child, 'exit')).toEqual([1, null])
    const complaint = said()
      .split('\n')
      .filter((line) => !line.startsWith('{'))
    expect(complaint.join('\n').trim()).toMatch(
      /^latchkey: .*:\n {2}listen \(127\.0\.0\.1:\d+\): another program uses it; stop that program, .*\(EADDRINUSE\)$/,
    )
    expect(calls).toBe(0)
    taken.close()
    vault.close()
  })

  test('says in one line that its database cannot be where it is configured', async () => {
    const { child, said } = await serve(await freePort(), { database: '/dev/null/latchkey.sqlite' })
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(said()).toContain('database (/dev/null/latchkey.sqlite): a part of it is a file, not a folder')
    expect(said()).not.toMatch(/^ +at /m)
  })
})

test('Ctrl-C at a question does nothing, says so, and ends with 130', async () => {
  const asked: (string | undefined)[] = []
  const nothing = createHttpServer((request, response) => {
    asked.push(request.method)
    if (request.url === '/v1/sys/auth') response.end('{"data":{}}')
    else response.writeHead(404).end('{"errors":[]}')
  }).listen(0, '127.0.0.1')
  await once(nothing, 'listening')
  const { port } = nothing.address() as AddressInfo
  const environment = { BAO_ADDR: `http://127.0.0.1:${port}`, BAO_TOKEN: 'none' }
  const env = { PATH: `${folder}:${process.env.PATH}`, HOME: folder, ...environment }
  // A terminal of its own, where the key is typed like any other.
  const child = spawn('script', ['-qefc', 'latchkey vault kill-all --stop-bot', '/dev/null'], { cwd: folder, env })
  let said = ''
  child.stdout.on('data', (chunk) => {
    const isAsked = said.includes('continue: ')
    said += chunk
    if (!isAsked && said.includes('continue: ')) child.stdin.write('\u0003')
  })
  const [code] = await once(child, 'exit')
  nothing.close()
  expect(said).toContain('latchkey: nothing was done')
  expect(code).toBe(130)
  expect(new Set(asked)).toEqual(new Set(['GET']))
})
