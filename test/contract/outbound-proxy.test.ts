import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tls from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { systemClock } from '../../src/clock.ts'
import { readConfig } from '../../src/config/read.ts'
import { connectors } from '../../src/connectors/index.ts'
import { transport, wireOf } from '../../src/connectors/vault/transport.ts'
import { instanceId } from '../../src/domain/ids.ts'
import { secret } from '../../src/domain/secret.ts'
import { timestamp } from '../../src/domain/time.ts'
import { openIdSignIn } from '../../src/identity/open-id.ts'
import { type Latchkey, startLatchkey } from '../../src/main.ts'
import { syslog } from '../../src/observe/syslog.ts'
import { openOutbound } from '../../src/outbound.ts'
import { type SlackSimulator, startSlackSimulator } from '../../src/simulator/slack/simulator.ts'
import { newAuthority } from '../support/certificates.ts'
import { eventually } from '../support/eventually.ts'
import { type FarAway, farAway, proxyUser } from '../support/far-away.ts'
import { runCli } from '../support/run-cli.ts'
import { smallIssuer } from '../support/small-issuer.ts'
import { simulatorOptions } from './chat-fakes.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-proxy-'))
const trusted = tls.getCACertificates('default')
const issuer = smallIssuer('https://id.example.com', 'developer')
const received: string[] = []
let slack: SlackSimulator
let far: FarAway
let latchkey: Latchkey | undefined

beforeAll(async () => {
  slack = await startSlackSimulator({ ...simulatorOptions, socketMode: true, publicUrl: 'https://hooks.slack.com' })
  const port = Number(new URL(slack.apiUrl.replace('https://hooks.slack.com', slack.url)).port)
  far = await farAway(join(folder, 'authority'), {
    'slack.com': port,
    'hooks.slack.com': port,
    'id.example.com': issuer.listener,
    'siem.example.com': (request, response) => {
      request.on('data', (chunk) => received.push(String(chunk)))
      request.on('end', () => response.end())
    },
    'vault.example.com': (_, response) => response.writeHead(200, { date: new Date().toUTCString() }).end('{}'),
  })
})
afterEach(async () => {
  await latchkey?.stop()
  latchkey = undefined
  tls.setDefaultCACertificates(trusted)
})
afterAll(async () => {
  await far?.stop()
  await slack?.close()
  rmSync(folder, { recursive: true })
})

const file = join(folder, 'latchkey.yaml')
const configured = (environment: Record<string, string>, more: object = {}) => {
  const content = {
    listen: { port: 0 },
    database: ':memory:',
    link: { baseUrl: 'http://127.0.0.1:1' },
    caFile: far.caFile,
    slack: { tenants: ['T0TEAM'] },
    signIn: { issuer: 'https://id.example.com', clientId: 'latchkey' },
    audit: { webhook: { url: 'https://siem.example.com/latchkey' } },
    integrations: [
      {
        name: 'production',
        requesters: ['group:all'],
        owner: ['group:all'],
        vault: { internalUrl: 'https://vault.example.com', credentials: { folder: join(folder, 'none') } },
      },
    ],
    ...more,
  }
  writeFileSync(file, JSON.stringify(content))
  writeFileSync(
    join(folder, 'people.yaml'),
    JSON.stringify({ people: { dev: { name: 'Dev', slack: ['T0TEAM/U0DEV'] } }, groups: { all: ['dev'] } }),
  )
  return readConfig({
    file,
    environment: { ...secrets, ...environment },
    chats: chatKinds,
    paramsOf: { vault: connectors.vault.params },
  })
}
const secrets = {
  SLACK_BOT_TOKEN: simulatorOptions.botToken,
  SLACK_APP_TOKEN: simulatorOptions.appToken ?? '',
  OIDC_CLIENT_SECRET: 'client-secret',
  AUDIT_WEBHOOK_SECRET: 'a key of thirty-two letters or more',
}
const start = async (environment: Record<string, string>, more?: object) => {
  const lines: string[] = []
  const write = (fields: object, message: string) => void lines.push(JSON.stringify({ ...fields, message }))
  latchkey = await startLatchkey(configured(environment, more), { info: write, warn: write, error: write })
  return { url: latchkey.url, lines }
}

describe('with HTTPS_PROXY', () => {
  test('Web API, socket, answers, issuer and webhook go through it; the vault does not; no log has its password', async () => {
    const { url, lines } = await start({ HTTPS_PROXY: far.proxy })
    await slack.until(() => slack.sockets.count() === 2 || undefined, 15_000)
    const dev = slack.person('U0DEV')
    await dev.command('help')
    await dev.command('who kv/apps/db')
    await eventually(() => received.some((body) => body.includes('"kind":"started"')))
    const ready = async () => (await fetch(`${url}/readyz`)).text()
    await eventually(async () => !(await ready()).includes('sign-in') && !(await ready()).includes('slack'))
    expect(new Set(far.tunnels)).toEqual(
      new Set(['slack.com:443', 'hooks.slack.com:443', 'id.example.com:443', 'siem.example.com:443']),
    )
    await eventually(() => far.requests.some((request) => request.startsWith('POST hooks.slack.com/commands/')))
    for (const request of [
      'POST slack.com/api/auth.test',
      'POST slack.com/api/apps.connections.open',
      'UPGRADE hooks.slack.com/link/',
      'GET id.example.com/.well-known/openid-configuration',
      'POST siem.example.com/latchkey',
    ])
      expect(far.requests).toContain(request)
    expect(lines.join('\n')).toContain(far.proxyAddress)
    for (const part of [proxyUser.password, encodeURIComponent(proxyUser.password)])
      expect(lines.join('\n')).not.toContain(part)
  })

  test('a person signs in through it, with the keys and the token', async () => {
    const outbound = openOutbound(configured({ https_proxy: far.proxy }))
    const { fetch } = outbound
    const redirectUri = 'https://latchkey.example.com/fetch/callback'
    const options = { issuer: 'https://id.example.com', kind: 'generic', clientId: 'latchkey', scopes: [] } as const
    const signIn = openIdSignIn({ ...options, clientSecret: secret('s'), redirectUri, clock: systemClock, fetch })
    const { url, kept } = await signIn.begin('remembered')
    const [identity] = await signIn.finish(issuer.authorize(url), kept)
    expect(identity).toMatchObject({ subject: 'sub=developer' })
    expect(far.requests).toContain('POST id.example.com/token')
    expect(far.requests).toContain('GET id.example.com/keys')
    await outbound.close()
  })

  test('what NO_PROXY names, and this machine, is called straight', async () => {
    const outbound = openOutbound(configured({ HTTPS_PROXY: far.proxy, NO_PROXY: '.siem.example.com, id.example.com' }))
    const before = far.tunnels.length
    for (const host of ['siem.example.com', 'below.siem.example.com', 'id.example.com']) {
      await expect(outbound.fetch(`https://${host}/`)).rejects.toThrow()
    }
    await expect(outbound.fetch('https://localhost:1/')).rejects.toThrow()
    expect((await outbound.fetch(`${slack.url}/`)).status).toBe(200)
    expect(far.tunnels.length).toBe(before)
    expect((await outbound.fetch('https://siem.example.com.evil.example/').catch(() => undefined))?.ok).not.toBe(true)
    expect(far.tunnels.at(-1)).toBe('siem.example.com.evil.example:443')
    await outbound.close()
  })

  test('a wrong password is said, and not repeated', async () => {
    const wrong = far.proxy.replace('pass', 'WRONG')
    const { lines } = await start({ HTTPS_PROXY: wrong })
    await eventually(() => lines.some((line) => line.includes('a chat could not be connected')))
    expect(far.tunnels).toContain('refused')
    expect(lines.join('\n')).not.toContain('WRONG')
  })

  test('the doctor names it, and the user of it, but no password', async () => {
    configured({})
    const environment = { ...secrets, HTTPS_PROXY: far.proxy, NO_PROXY: 'example.org,10.0.0.0/8' }
    const { out } = await runCli(['doctor', '--config', file, '--json'], { environment })
    const found = (what: string) => JSON.parse(out).find((one: { what: string }) => one.what === what)
    expect(found('proxy')).toMatchObject({
      state: 'optional',
      found: `${far.proxyAddress}, with user and password, for all but the vaults; NO_PROXY: example.org, 10.0.0.0/8`,
      remedy: 'NO_PROXY compares names, not networks: write hosts instead of 10.0.0.0/8',
    })
    expect(found('Slack: bot token')).toMatchObject({ state: 'ok' })
    expect(found('Slack: app-level token')).toMatchObject({ state: 'ok' })
    expect(found('sign-in')).toMatchObject({ state: 'ok' })
    expect(out).not.toContain(encodeURIComponent(proxyUser.password))
  })

  test('the people of a workspace are read through it', async () => {
    openOutbound({ caFile: far.caFile })
    const environment = { ...secrets, HTTPS_PROXY: far.proxy }
    const { code, out } = await runCli(['people', 'import', '--from', 'slack'], { environment })
    expect([code, out]).toEqual([0, expect.stringContaining('U0DEV')])
    expect(far.requests).toContain('POST slack.com/api/users.list')
  })
})

const ask = async ({ caFile }: { readonly caFile?: string }, proxy?: string) => {
  const wire = transport({ limit: 5_000, ...wireOf({ caFile, proxy }) })
  const outgoing = {
    method: 'GET',
    origin: 'https://vault.example.com',
    path: '/v1/sys/health',
    shown: '/',
    headers: {},
  } as const
  return wire.exchange(outgoing).finally(wire.close)
}

describe('a vault', () => {
  test('is called through the proxy that is named for it alone', async () => {
    const site = {
      'vault.example.com': (_: unknown, response: ServerResponse) => void response.end('{"sealed":false}'),
    }
    const open = await farAway(join(folder, 'open'), site, { isOpen: true })
    await expect(ask(open)).rejects.toMatchObject({ code: 'unreachable' })
    expect(await ask(open, open.proxyAddress)).toMatchObject({ status: 200, body: { sealed: false } })
    expect(open.tunnels).toEqual(['vault.example.com:443'])
    await expect(ask(open, far.proxyAddress)).rejects.toMatchObject({ code: 'unreachable' }) // it wants a password
    await open.stop()
  })
})

describe('certificates', () => {
  test('of the file count for the proxy itself, and for a vault and a syslog server that have none of their own', async () => {
    const site = { 'vault.example.com': (_: unknown, response: ServerResponse) => void response.end('{}') }
    const secretly = await farAway(join(folder, 'secret'), site, { isOpen: true, isSecret: true })
    await expect(ask({}, secretly.proxyAddress)).rejects.toMatchObject({ code: 'unreachable' })
    openOutbound({ caFile: secretly.caFile })
    expect(await ask({}, secretly.proxyAddress)).toMatchObject({ status: 200 })
    const outbound = openOutbound({ proxy: { address: secretly.proxyAddress, except: [] } })
    expect((await outbound.fetch('https://vault.example.com/')).status).toBe(200)
    await outbound.close()
    await secretly.stop()

    const authority = newAuthority(join(folder, 'syslog'))
    const lines: string[] = []
    const server = tls.createServer(authority.issue('IP:127.0.0.1'), (socket) => {
      socket.on('data', (chunk) => lines.push(String(chunk))).on('end', () => socket.end())
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const sender = { host: 'h', process: 1, version: '1', instance: instanceId('i') }
    const sink = syslog({ host: '127.0.0.1', port, transport: 'tls', sender })
    const row = {
      sequence: 1,
      hash: 'x',
      at: timestamp(0),
      kind: 'started',
      actor: { kind: 'system' },
      detail: {},
    } as const
    const send = () => sink.send([row], AbortSignal.timeout(5_000))
    await expect(send()).rejects.toMatchObject({ code: 'certificate-refused' })
    openOutbound({ caFile: authority.caFile })
    await send()
    expect(lines.join('')).toContain('"kind":"started"')
    server.close()
  })

  test('of an authority that nobody named are refused, also behind the proxy', async () => {
    const outbound = openOutbound({ proxy: { address: far.proxyAddress, except: [] } })
    await expect(outbound.fetch('https://siem.example.com/')).rejects.toThrow()
    await outbound.close()
    const { lines } = await start({ HTTPS_PROXY: far.proxy }, { caFile: undefined })
    await eventually(() => lines.some((line) => line.includes('a chat could not be connected')))
    expect(slack.sockets.count()).toBe(0)
  })

  test('of the file are trusted beside those of the system, and a file without any stops the start', async () => {
    const known = tls.getCACertificates('default').length
    openOutbound({ caFile: far.caFile })
    openOutbound({ caFile: far.caFile })
    expect(tls.getCACertificates('default').length).toBe(known + 1)
    const empty = join(folder, 'empty.pem')
    writeFileSync(empty, '')
    await expect(start({}, { caFile: empty })).rejects.toThrow(/caFile: .*empty\.pem has no certificates in it/)
    writeFileSync(empty, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    await expect(start({}, { caFile: empty })).rejects.toThrow(/caFile: .*empty\.pem cannot be used/)
  })
})
