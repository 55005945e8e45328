import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer, ServerOptions } from '../../../src/http/server.ts'
import { credential, fakeFetch, startPages } from './fake-fetch.ts'

let server: RunningServer
let fake: ReturnType<typeof fakeFetch>

beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
})
afterEach(() => server.close())

const restart = async (options: Partial<ServerOptions>) => {
  await server.close()
  server = await startPages(fake.useCases, options)
}
const linkTo = (nonce: string) => `${server.url}/fetch/${nonce}`
const visit = (nonce: string, cookie = '') => fetch(linkTo(nonce), { headers: { cookie } })

/** What a browser would send back after it has seen the page. */
const formOf = async (nonce: string) => {
  const response = await visit(nonce)
  const [cookie = ''] = response.headers.get('set-cookie')?.split(';') ?? []
  const form = /name="form" value="([^"]+)"/.exec(await response.text())?.[1] ?? ''
  return { cookie, form }
}
const send = (url: string, fields: Record<string, string>, headers: Record<string, string>) =>
  fetch(url, { method: 'POST', body: new URLSearchParams(fields), headers })

describe('looking at a link', () => {
  const previewers = [
    'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    'Slack-ImgProxy (+https://api.slack.com/robots)',
    'Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5',
    'facebookexternalhit/1.1',
    'Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)',
  ]
  it('changes nothing, however often and by whatever program', async () => {
    const nonce = fake.open()
    for (const agent of previewers) {
      for (const method of ['GET', 'HEAD', 'GET']) {
        const response = await fetch(linkTo(nonce), { method, headers: { 'user-agent': agent } })
        expect(response.status).toBe(200)
      }
    }
    expect(fake.counts).toEqual({ looks: 3 * previewers.length, changes: 0 })
    const { cookie, form } = await formOf(nonce)
    expect(await (await send(linkTo(nonce), { form }, { cookie })).text()).toContain(credential.wrappingToken.reveal())
  })

  it('gives the same answer to links that are unknown or malformed', async () => {
    const [first, ...others] = await Promise.all(
      ['A'.repeat(43), 'short', '%00%ff', 'x'.repeat(2_000)].map(async (nonce) => {
        const response = await visit(nonce)
        const headers = Object.fromEntries([...response.headers].filter(([name]) => name !== 'date'))
        return { status: response.status, headers, body: await response.text() }
      }),
    )
    expect(first?.status).toBe(404)
    for (const other of others) expect(other).toEqual(first)
  })

  it('says what became of a link that is over, and never what it led to', async () => {
    for (const state of ['expired', 'replaced'] as const) {
      const response = await visit(fake.open(state))
      expect(response.status).toBe(410)
      expect(await response.text()).not.toContain('billing')
    }
  })

  it('is cut short for an address that tries many links that do not work, but not for one that does', async () => {
    for (let tries = 0; tries < 30; tries += 1) expect((await visit('A'.repeat(43))).status).toBe(404)
    const response = await visit('B'.repeat(43))
    expect(response.status).toBe(429)
    expect(response.headers.get('retry-after')).toBe('60')
    expect((await visit(fake.open())).status).toBe(200)
  })
})

describe('the cookie', () => {
  it('is out of reach of scripts and other sites, and bound to the host where there is https', async () => {
    await restart({ publicUrl: 'https://latchkey.example.net' })
    const cookie = (await visit(fake.open())).headers.get('set-cookie')
    expect(cookie).toMatch(
      /^__Host-latchkey-browser=[\w-]{43}; Max-Age=86400; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
  })

  it('is not drawn anew for a browser that brings one', async () => {
    const { cookie } = await formOf(fake.open())
    expect((await visit(fake.open(), cookie)).headers.get('set-cookie')).toBeNull()
    expect((await visit(fake.open(), 'latchkey-browser=guessed')).headers.get('set-cookie')).not.toBeNull()
  })

  it('is not given out for a link that does not work', async () => {
    expect((await visit('A'.repeat(43))).headers.get('set-cookie')).toBeNull()
  })
})

describe('a form', () => {
  const forgeries: { how: string; headers?: Record<string, string>; fields?: Record<string, string>; bare?: true }[] = [
    { how: 'without the cookie', bare: true },
    { how: 'without the form token', fields: { form: '' } },
    { how: 'with another form token', fields: { form: 'A'.repeat(43) } },
    { how: 'from another origin', headers: { origin: 'https://attacker.example' } },
    { how: 'from the same host over another scheme or port', headers: { origin: 'https://127.0.0.1' } },
    { how: 'that the browser calls cross-site', headers: { 'sec-fetch-site': 'cross-site' } },
    { how: 'that the browser calls same-site', headers: { 'sec-fetch-site': 'same-site' } },
  ]
  it.each(forgeries)('$how is refused and changes nothing', async ({ headers, fields, bare }) => {
    const nonce = fake.open()
    const { cookie, form } = await formOf(nonce)
    const all = { ...(bare ? {} : { cookie }), ...headers }
    for (const url of [linkTo(nonce), `${linkTo(nonce)}/reveal`]) {
      expect((await send(url, { form, token: 's.any', ...fields }, all)).status).toBe(403)
    }
    expect(fake.counts.changes).toBe(0)
  })

  it('with the form token of another link is refused', async () => {
    const { cookie, form } = await formOf(fake.open())
    expect((await send(linkTo(fake.open()), { form }, { cookie })).status).toBe(403)
  })

  it('larger than anything we send is refused before it is read', async () => {
    const nonce = fake.open()
    const { cookie, form } = await formOf(nonce)
    expect((await send(linkTo(nonce), { form, rest: 'x'.repeat(20_000) }, { cookie })).status).toBe(413)
    expect(fake.counts.changes).toBe(0)
  })
})

describe('every answer of our own', () => {
  it.each(['/', '/fetch/unknown', '/healthz', '/readyz', 'ready', 'broken'])(
    'carries the headers: %s',
    async (path) => {
      const logged: unknown[] = []
      const log = { warn: () => {}, error: (...entry: unknown[]) => logged.push(entry) }
      const lookAtLink = () => Promise.reject(new Error('hidden-word in a message'))
      if (path === 'broken') await restart({ log, fetch: { ...fake.useCases, lookAtLink } })
      const response = await fetch(path.startsWith('/') ? server.url + path : linkTo(fake.open()))
      const body = await response.text()
      expect(body + JSON.stringify(logged)).not.toContain('hidden-word')
      expect(logged.length).toBe(path === 'broken' ? 1 : 0)
      expect(response.status === 500).toBe(path === 'broken')
      expect(Object.fromEntries(response.headers)).toMatchObject({
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'x-robots-tag': 'noindex, nofollow, noarchive',
      })
      const policy = response.headers.get('content-security-policy') ?? ''
      for (const rule of ["default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"]) {
        expect(policy.split('; ')).toContain(rule)
      }
      expect(policy).not.toContain('unsafe')
    },
  )
})

describe('the probes', () => {
  it('say that the process is alive, whatever it waits for', async () => {
    await restart({ readiness: { 'vault production': () => Promise.reject(new Error('hidden-word')) } })
    expect((await fetch(`${server.url}/healthz`)).status).toBe(200)
    const response = await fetch(`${server.url}/readyz`)
    expect(response.status).toBe(503)
    expect(await response.json()).toEqual({ ready: false, waitingFor: ['vault production'], away: [] })
  })

  it('ask a dependency once for all who ask at the same time', async () => {
    let asked = 0
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const check = () => {
      asked += 1
      return promise
    }
    await restart({ readiness: { database: check } })
    const probes = [fetch(`${server.url}/readyz`), fetch(`${server.url}/readyz`)]
    await expect.poll(() => asked).toBe(1)
    resolve(true)
    expect((await Promise.all(probes)).map(({ status }) => status)).toEqual([200, 200])
  })
})

describe('the server', () => {
  it('hands what a chat sends to that chat’s listener untouched, and only that', async () => {
    const seen: string[] = []
    await restart({
      deliveries: new Map([
        [
          '/slack/events',
          (request, response) => {
            seen.push(`${request.method} ${request.url}`)
            request.resume().on('end', () => response.end('slack'))
          },
        ],
      ]),
    })
    const large = { method: 'POST', body: 'x'.repeat(100_000) }
    expect(await (await fetch(`${server.url}/slack/events?a=1`, large)).text()).toBe('slack')
    expect((await fetch(`${server.url}/slack/other`)).status).toBe(404)
    expect(seen).toEqual(['POST /slack/events?a=1'])
  })

  it('answers what it has begun before it stops, and begins nothing new', async () => {
    const { promise: mayAnswer, resolve: answer } = Promise.withResolvers<void>()
    const { promise: hasBegun, resolve: begun } = Promise.withResolvers<void>()
    await restart({
      deliveries: new Map([
        [
          '/slack/events',
          async (_request, response) => {
            begun()
            await mayAnswer
            response.end('answered')
          },
        ],
      ]),
    })
    const running = fetch(`${server.url}/slack/events`)
    await hasBegun
    const closed = server.close()
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow()
    answer()
    expect(await (await running).text()).toBe('answered')
    await closed
  })

  it('does not believe headers that claim another sender', async () => {
    for (let tries = 0; tries < 31; tries += 1) {
      await fetch(linkTo('A'.repeat(43)), { headers: { 'x-forwarded-for': `192.0.2.${tries}` } })
    }
    expect((await visit('A'.repeat(43))).status).toBe(429)
    await restart({ publicUrl: 'http://latchkey.example.net' })
    const { headers } = await fetch(linkTo(fake.open()), { headers: { 'x-forwarded-proto': 'https' } })
    expect(headers.get('set-cookie')).not.toContain('__Host-')
  })

  it('answers 404 or 400, not an error, to targets that are no paths', async () => {
    for (const path of ['//', '/fetch//', '/fetch/%E0%A4%A', '*', 'http://other.example/fetch/x']) {
      const { hostname, port } = new URL(server.url)
      const status = await new Promise<number | undefined>((resolve, reject) => {
        httpRequest({ hostname, port, path }, (response) => resolve(response.resume().statusCode))
          .on('error', reject)
          .end()
      })
      expect([400, 404], path).toContain(status)
    }
  })
})
