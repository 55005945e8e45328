import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { readCertificates } from '../../src/certificates.ts'
import { vaultCalls } from '../../src/connectors/vault/calls.ts'
import { type VaultCall, vaultClient, vaultPath } from '../../src/connectors/vault/client.ts'
import { transport } from '../../src/connectors/vault/transport.ts'
import { secret } from '../../src/domain/secret.ts'
import { seconds } from '../../src/domain/time.ts'
import { type Authority, newAuthority } from '../support/certificates.ts'
import { openBao, type TestVault } from '../support/openbao.ts'

type Respond = (request: IncomingMessage, response: ServerResponse, count: number) => void
type Seen = {
  readonly method?: string
  readonly url?: string
  readonly headers: IncomingMessage['headers']
  body: string
}

const open: { close(): unknown }[] = []
const opened = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push(server)
  return (server.address() as AddressInfo).port
}
afterEach(() => {
  for (const each of open.splice(0)) each.close()
})

/** A server that answers as told, a client to it, and what the server saw. */
const between = async (respond: Respond, options: Parameters<typeof transport>[0] = {}, more: object = {}) => {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request
    const entry: Seen = { ...(method && { method }), ...(url && { url }), headers, body: '' }
    seen.push(entry)
    for await (const chunk of request) entry.body += chunk
    respond(request, response, seen.length)
  })
  const wire = transport(options)
  open.push(wire, { close: () => server.closeAllConnections() })
  const waits: number[] = []
  const address = `http://127.0.0.1:${await opened(server)}`
  const wait = async (milliseconds: number) => waits.push(milliseconds)
  return { seen, waits, address, send: vaultClient({ address, transport: wire, wait, random: () => 1, ...more }) }
}
const json =
  (status: number, body: object = status < 400 ? {} : { errors: [] }, headers: Record<string, string> = {}): Respond =>
  (_request, response) =>
    response.writeHead(status, headers).end(JSON.stringify(body))
const get: VaultCall = { method: 'GET', path: 'sys/mounts' }

describe('one exchange', () => {
  test('carries what was given, and nothing from the environment', async () => {
    const leaks = {
      VAULT_ADDR: 'http://127.0.0.1:1',
      VAULT_TOKEN: 'leak',
      VAULT_NAMESPACE: 'leak',
      VAULT_PREFIX: '/leak',
      VAULT_SKIP_VERIFY: '1',
    }
    const before = { ...process.env }
    Object.assign(process.env, leaks, { HTTP_PROXY: 'http://127.0.0.1:1' })
    try {
      const { send, seen } = await between(json(200), {}, { namespace: 'team' })
      await send({ ...get, query: { list: 'true' } })
      await send({
        ...get,
        method: 'POST',
        path: vaultPath('kv/data', "it's a/b?#%\\"),
        body: { emoji: '🔑' },
        token: secret('the-token'),
        wrapFor: seconds(60),
        correlation: 'grant-1',
      })
      await send({ method: 'GET', path: 'sys/health' })
      expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
        'GET /v1/sys/mounts?list=true',
        "POST /v1/kv/data/it's%20a/b%3F%23%25%5C",
        'GET /v1/sys/health',
      ])
      expect(seen[0]?.headers).not.toHaveProperty('x-vault-token')
      expect(seen[1]?.headers).toMatchObject({
        'x-vault-token': 'the-token',
        'x-vault-namespace': 'team',
        'x-vault-request': 'true',
        'x-vault-wrap-ttl': '60s',
        'x-correlation-id': 'grant-1',
        'content-type': 'application/json',
      })
      expect(seen[1]?.body).toBe('{"emoji":"🔑"}')
      expect(seen[2]?.headers).not.toHaveProperty('x-vault-namespace')
    } finally {
      process.env = before
    }
  })

  test('keeps the path of the address, for a vault behind a proxy', async () => {
    const { seen, address } = await between(json(200))
    const wire = transport()
    open.push(wire)
    await vaultClient({ address: `${address}/behind/`, transport: wire })(get)
    expect(seen[0]?.url).toBe('/behind/v1/sys/mounts')
  })

  test('follows no redirect: the token would go to another host', async () => {
    const target = await between(json(200))
    const { send } = await between(json(307, {}, { Location: `${target.address}/v1/sys/mounts` }))
    await expect(send({ ...get, token: secret('t') })).rejects.toMatchObject({ code: 'redirected', transient: true })
    expect(target.seen).toEqual([])
  })

  test('takes no answer above the cap, announced or not', async () => {
    const large = 'x'.repeat(5000)
    const announced = await between(json(200, { large }), { maxBytes: 1000 })
    await expect(announced.send(get)).rejects.toMatchObject({ code: 'too-large' })
    const streamed = await between(
      (_request, response) => {
        response.write(large)
        response.end(large)
      },
      { maxBytes: 1000 },
    )
    await expect(streamed.send(get)).rejects.toMatchObject({ code: 'too-large' })
  })

  test.each<[string, Respond]>([
    ['an answer that never begins', () => {}],
    ['an answer that never ends', (_request, response) => void response.write('{')],
  ])('gives up on %s', async (_name, respond) => {
    const { send, seen } = await between(respond, { limit: 200 })
    await expect(send(get)).rejects.toMatchObject({ code: 'timeout', transient: true })
    expect(seen).toHaveLength(1)
  })

  test('sends back the consistency token of Vault Enterprise', async () => {
    const { send, seen } = await between(json(200, {}, { 'X-Vault-Index': 'index-1' }))
    await send(get)
    await send(get)
    expect(seen.map(({ headers }) => headers['x-vault-index'])).toEqual([undefined, 'index-1'])
  })
})

describe('what answers in place of the vault', () => {
  const page =
    (status: number, text: string): Respond =>
    (_request, response) =>
      response.writeHead(status).end(text)

  test.each([502, 503, 504])('a gateway that answers %i itself is an outage of the vault', async (status) => {
    for (const text of ['<html>Bad Gateway</html>', '', '{"message":"no healthy upstream"}']) {
      const { send } = await between(page(status, text))
      await expect(send(get)).rejects.toMatchObject({ code: 'unreachable', transient: true })
    }
  })

  test.each([
    [404, 'default backend - 404'],
    [404, '{"message":"no Route matched with those values"}'],
    [404, ''],
    [403, '<html>Forbidden</html>'],
    [400, 'null'],
    [500, '<html>Oops</html>'],
    [200, '<html>Please sign in to this network</html>'],
  ])('%i with the body %j is no answer of a vault, so nothing counts as gone or done', async (status, text) => {
    const { send } = await between(page(status, text))
    const code = { code: 'not-a-vault', transient: true }
    await expect(vaultCalls(send).readPolicy('p')).rejects.toMatchObject(code)
    await expect(vaultCalls(send).deletePolicy('p')).rejects.toMatchObject(code)
    await expect(vaultCalls(send).health()).rejects.toMatchObject(code)
  })

  test('an answer without a body is the vault’s own success', async () => {
    const { send } = await between(page(204, ''))
    expect((await send(get)).status).toBe(204)
  })
})

describe('trying again', () => {
  test.each([412, 429, 500, 502, 503])('a repeatable call is repeated on %i, with growing pauses', async (status) => {
    const { send, seen, waits } = await between((request, response, count) =>
      json(count < 3 ? status : 200)(request, response, count),
    )
    expect((await send(get)).status).toBe(200)
    expect([seen.length, waits]).toEqual([3, [400, 1600]])
  })

  test.each([
    [503, 'sealed'],
    [429, 'rate-limited'],
    [500, 'failing'],
  ])('gives up after three tries on %i, as %s', async (status, code) => {
    const { send, seen } = await between(json(status))
    await expect(send(get)).rejects.toMatchObject({ code, transient: true })
    expect(seen).toHaveLength(3)
  })

  test('waits as long as the vault asks for, and not when that is very long', async () => {
    const short = await between((request, response, count) =>
      json(count === 1 ? 429 : 200, undefined, { 'Retry-After': '2' })(request, response, count),
    )
    await short.send(get)
    expect(short.waits).toEqual([2000])
    const long = await between(json(429, undefined, { 'Retry-After': '3600' }))
    await expect(long.send(get)).rejects.toMatchObject({ code: 'rate-limited' })
    expect(long.waits).toEqual([])
  })

  test.each([400, 403, 404, 405])('%i is an answer, not a failure', async (status) => {
    const { send, seen } = await between(json(status))
    expect((await send(get)).status).toBe(status)
    expect(seen).toHaveLength(1)
  })

  test('a call that must not be repeated is not', async () => {
    const { send, seen } = await between(json(500))
    await expect(send({ ...get, repeatable: false })).rejects.toMatchObject({ code: 'failing' })
    expect(seen).toHaveLength(1)
  })

  test('a broken connection is tried again, a closed port is said to be unreachable', async () => {
    const { send, seen } = await between((request, response, count) =>
      count === 1 ? request.socket.destroy() : json(200)(request, response, count),
    )
    expect((await send(get)).status).toBe(200)
    expect(seen).toHaveLength(2)
    const wire = transport()
    open.push(wire)
    const nowhere = vaultClient({ address: 'http://127.0.0.1:1', transport: wire, wait: async () => {} })
    await expect(nowhere(get)).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    })
  })
})

describe('what an error says', () => {
  test.each<[string, Respond]>([
    ['a refusal', json(400, { errors: ['the-body says the-password'] })],
    ['a broken connection', (request) => request.socket.destroy()],
    ['an answer that is not understood', json(200, { data: { keys: 'the-body' } })],
    ['a time-out', () => {}],
  ])('%s shows neither token nor body nor header', async (_name, respond) => {
    const { send } = await between(respond, { limit: 200 })
    const call = { token: secret('the-token'), body: { password: 'the-password' } }
    const calls = vaultCalls((made) => send({ ...made, ...call }))
    const error = await calls.listUsers('userpass').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'ExternalError' })
    const everything = [inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error), String(error)].join()
    expect(everything).not.toMatch(/the-token|the-password|the-body|x-vault/i)
    expect(everything).toContain('auth/userpass/users')
  })
})

describe('certificates', () => {
  let vault: TestVault
  beforeAll(async () => {
    vault = await openBao()
  })
  afterAll(async () => {
    delete process.env.VAULT_SKIP_VERIFY
    await vault.stop()
  })

  test('are checked against the given authority, and against nothing weaker', async () => {
    type Issued = { data: { certificate: string; private_key: string } }
    await vault.admin('POST', 'sys/mounts/pki', { type: 'pki' })
    const authority = (await vault.admin('POST', 'pki/root/generate/internal', {
      common_name: 'example authority',
    })) as Issued
    await vault.admin('POST', 'pki/roles/server', { allow_any_name: true, allow_ip_sans: true })
    const server = (await vault.admin('POST', 'pki/issue/server', {
      common_name: 'vault',
      ip_sans: '127.0.0.1',
      ttl: '1h',
    })) as Issued
    const { certificate: cert, private_key: key } = server.data
    const port = await opened(createTlsServer({ cert, key }, (_request, response) => response.end('{"fine":true}')))
    const ask = (certificates?: string) => {
      const wire = transport(certificates === undefined ? {} : { certificates })
      open.push(wire)
      return vaultClient({ address: `https://127.0.0.1:${port}`, transport: wire, wait: async () => {} })(get)
    }
    process.env.VAULT_SKIP_VERIFY = '1' // switches node-vault's own transport to no checks at all
    expect(await ask(authority.data.certificate)).toMatchObject({ status: 200, body: { fine: true } })
    await expect(ask()).rejects.toMatchObject({ code: 'unreachable' })
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0' // and this one every check of the process
    try {
      await expect(ask()).rejects.toMatchObject({ code: 'unreachable' })
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before
    }
  })

  const served = async (authority: Authority, ...names: readonly string[]) => {
    const server = createTlsServer(authority.issue(...names), (_request, response) => response.end('{"fine":true}'))
    return { server, address: `https://127.0.0.1:${await opened(server)}` }
  }
  const trusting = (address: string, file: string) => {
    const source = { file, from: 'caFile' }
    const wire = transport({ certificates: readCertificates(file), source })
    open.push(wire)
    return vaultClient({ address, transport: wire, wait: async () => {} })
  }

  test('of a new authority are trusted as soon as the file has it, without a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-authority-'))
    const [old, fresh] = [newAuthority(join(folder, 'old')), newAuthority(join(folder, 'fresh'))]
    const { server, address } = await served(old, 'IP:127.0.0.1')
    const file = join(folder, 'trusted.pem')
    await copyFile(old.caFile, file)
    const send = trusting(address, file)
    expect(await send(get)).toMatchObject({ status: 200 })
    server.setSecureContext(fresh.issue('IP:127.0.0.1'))
    server.closeAllConnections()
    await expect(send(get)).rejects.toThrow(`not signed by any authority in ${file} (from caFile)`)
    await writeFile(file, '') // a change that is half written widens nothing
    await expect(send(get)).rejects.toMatchObject({ code: 'unreachable' })
    await copyFile(fresh.caFile, file)
    expect(await Promise.all([send(get), send(get)])).toMatchObject([{ status: 200 }, { status: 200 }])
    await rm(folder, { recursive: true })
  })

  test('for another name are refused with the names that they have', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-authority-'))
    const authority = newAuthority(folder)
    const { address } = await served(authority, 'DNS:vault.example.com')
    await expect(trusting(address, authority.caFile)(get)).rejects.toThrow(
      'its certificate is for another name: it names DNS:vault.example.com',
    )
    await rm(folder, { recursive: true })
  })
})
