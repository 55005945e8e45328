import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type SessionWorld, sessionWorld } from '../support/session-world.ts'
import type { TerminalKey } from '../support/terminal-key.ts'

let world: SessionWorld
beforeAll(async () => {
  world = await sessionWorld({ hasIssuer: true })
})
afterAll(() => world?.stop())

const drawn = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

/** A browser that keeps cookies and follows the pages' own ways by hand. */
const newBrowser = () => {
  const cookies = new Map<string, string>()
  const go = async (
    url: string,
    init: RequestInit = {},
  ): Promise<{ status: number; location: string; text: string }> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answer = await fetch(url, { redirect: 'manual', ...init, headers: { cookie, ...init.headers } })
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    const location = new URL(answer.headers.get('location') ?? '', url).href
    return { status: answer.status, location, text: (await answer.text()).replaceAll('&amp;', '&') }
  }
  return {
    go,
    /** Opens the terminal's address and signs in at the issuer; returns the page's address and text. */
    async signIn(address: string) {
      const { location } = await go(address)
      const leaving = await go(location)
      const [, issuer = ''] = /url=([^"]+)"/.exec(leaving.text) ?? []
      const back = world.issuer.authorize(issuer)
      const returned = await go(`${world.publicUrl}/fetch/callback?${back}`)
      return { url: location, text: (await go(returned.location)).text, asked: new URL(issuer).searchParams }
    },
    press: (url: string, text: string, more: Record<string, string> = {}) => {
      const [, form = ''] = /name="form" value="([^"]+)"/.exec(text) ?? []
      return go(url, { method: 'POST', body: new URLSearchParams({ form, ...more }) })
    },
  }
}

const addressFor = (by: TerminalKey, verifier: string, more: Record<string, string> = { port: '41234' }) =>
  `${world.publicUrl}/terminal/authorize?${new URLSearchParams({
    ...{ code_challenge: challengeOf(verifier), state: 'state-of-this-test', key: by.thumbprint, host: 'ada-laptop' },
    ...more,
  })}`
const codeFor = async (by: TerminalKey, verifier: string): Promise<string> => {
  const browser = newBrowser()
  const page = await browser.signIn(addressFor(by, verifier))
  const { text } = await browser.press(page.url, page.text)
  const [, back = ''] = /url=([^"]+)"/.exec(text) ?? []
  expect(back).toMatch(/^http:\/\/127\.0\.0\.1:41234\/callback\?code=[\w-]{43}&state=state-of-this-test$/)
  return new URL(back).searchParams.get('code') ?? ''
}
const exchange = (by: TerminalKey, code: string, verifier: string) =>
  world.token(by, { grant_type: 'authorization_code', code, code_verifier: verifier })

describe('a terminal with a browser', () => {
  test('is let in by one button after a fresh sign-in, and may do all that its person may', async () => {
    const [by, verifier] = [world.key(), drawn()]
    const browser = newBrowser()
    const page = await browser.signIn(addressFor(by, verifier))
    expect(page.asked.get('prompt')).toBe('login')
    for (const shown of ['<b>ada</b>', 'ada-laptop', '127.0.0.1', 'decide', '12 hours'])
      expect(page.text).toContain(shown)
    const { text } = await browser.press(page.url, page.text)
    const code = new URL(/url=([^"]+)"/.exec(text)?.[1] ?? '').searchParams.get('code') ?? ''
    const answer = await exchange(by, code, verifier)
    expect(answer.json).toMatchObject({ rights: 'all', token_type: 'DPoP', expires_in: 600 })
    const { access, session } = world.tokensIn(answer)
    expect((await world.call(access, by)).json).toMatchObject({ items: [{ id: session, rights: 'all' }] })
    // One sign-in, one press.
    expect((await browser.press(page.url, page.text)).text).toContain('Going to the sign-in')
  })

  test('gets nothing for its code without verifier and key, too late, or twice', async () => {
    const [by, verifier] = [world.key(), drawn()]
    const code = await codeFor(by, verifier)
    expect((await exchange(by, code, drawn())).json).toMatchObject({ error: 'invalid_grant' })
    expect((await exchange(world.key(), code, verifier)).json).toMatchObject({ error: 'invalid_grant' })
    const { access } = world.tokensIn(await exchange(by, code, verifier))
    expect((await exchange(by, code, verifier)).json).toMatchObject({ error: 'invalid_grant' })
    expect((await world.call(access, by)).status).toBe(401) // the second exchange ended it
    const late = await codeFor(by, verifier)
    world.wait(61)
    expect((await exchange(by, late, verifier)).json).toMatchObject({ error: 'invalid_grant' })
  })

  test('is sent back to its own machine only', async () => {
    const by = world.key()
    const wrong: Record<string, string>[] = [
      { redirect_uri: 'https://elsewhere.example/callback' },
      { redirect_uri: 'http://localhost:41234/callback' },
      { redirect_uri: 'http://127.0.0.1:41234/other' },
      { redirect_uri: 'http://127.0.0.1:80/callback' },
      { redirect_uri: 'http://127.0.0.1:41234@elsewhere.example/callback' },
      { port: '0' },
      { port: '41234@elsewhere.example' },
      { port: '41234', redirect_uri: 'http://127.0.0.1:41234/callback' },
      {},
      { port: '41234', code_challenge_method: 'plain' },
      { port: '41234', code_challenge: 'short' },
    ]
    for (const more of wrong) {
      const { status, text } = await newBrowser().go(addressFor(by, drawn(), more))
      expect([more, status, text.includes('This address is not complete')]).toEqual([more, 400, true])
    }
    const six = { redirect_uri: 'http://[::1]:41234/callback' }
    expect((await newBrowser().go(addressFor(by, drawn(), six))).status).toBe(303)
  })

  test('is not let in by a form of another site, nor with a code in chat', async () => {
    const browser = newBrowser()
    const page = await browser.signIn(addressFor(world.key(), drawn()))
    expect((await browser.press(page.url, 'no form')).status).toBe(403)
    const started = await world.post('start', { key: world.key().jwk, host: 'ada-laptop' })
    expect(started).toMatchObject({ status: 400, json: { code: 'sign-in-by-browser' } })
  })
})

test('thirty starts behind one proxy hear that the browser signs in, and none is counted', async () => {
  for (let count = 0; count < 30; count += 1) {
    const started = await world.post('start', { key: world.key().jwk, host: `laptop-${count}` })
    expect(started).toMatchObject({ status: 400, json: { code: 'sign-in-by-browser' } })
  }
})

describe('an access token of the issuer', () => {
  const right = { aud: 'latchkey-api', client_id: 'robot-of-ada' }
  const typed = { typ: 'at+jwt' }
  const callWith = async (claims: object, header: object = typed) =>
    (await world.call(world.issuer.signed({ ...right, ...claims }, header))).status

  test('identifies its person by the claims of the people file', async () => {
    expect(await callWith({})).toBe(200)
    expect(await callWith({ scope: 'openid' }, { typ: 'JWT' })).toBe(200)
    expect(await callWith({ sub: 'nobody', email: 'ada@example.com' })).toBe(401)
  })

  test('counts for nothing when it is for somebody else, of somebody else, or no access token', async () => {
    const now = Math.floor(Date.now() / 1000)
    const wrong: Record<string, Parameters<typeof callWith>> = {
      'for another audience': [{ aud: 'somebody-else' }],
      'for our sign-in': [{ aud: 'latchkey' }],
      'of another client': [{ client_id: 'other' }],
      'of no client': [{ client_id: undefined }],
      'of another issuer': [{ iss: 'https://elsewhere.example' }],
      'of the issuer with a slash': [{ iss: `${world.issuerUrl}/` }],
      'that ran out': [{ exp: now - 200 }],
      'that never runs out': [{ exp: undefined }],
      'that is an ID token': [{ nonce: 'n', scope: 'openid' }, { typ: 'JWT' }],
      'that has no scope and no type': [{}, { typ: undefined }],
      'of an unknown key': [{}, { ...typed, kid: 'two' }],
      'without a signature': [{}, { ...typed, alg: 'none' }],
      'by a shared secret': [{}, { ...typed, alg: 'HS256' }],
      'bound to a key that did not sign': [{ cnf: { jkt: world.key().thumbprint } }],
    }
    for (const [what, [claims, header]] of Object.entries(wrong)) {
      expect([what, await callWith(claims, header)]).toEqual([what, 401])
    }
  })

  test('that is bound to a key needs its proof, once', async () => {
    const by = world.key()
    const token = world.issuer.signed({ ...right, cnf: { jkt: by.thumbprint } }, typed)
    const proof = by.proof({ method: 'GET', url: world.api, token })
    expect([(await world.call(token, by, proof)).status, (await world.call(token, by, proof)).status]).toEqual([
      200, 401,
    ])
  })
})

test('an issuer that is away is no fault of the token: the answer says to try again', async () => {
  const without = await sessionWorld()
  try {
    const token = without.issuer.signed({ aud: 'latchkey-api', client_id: 'robot-of-ada' }, { typ: 'at+jwt' })
    await without.loseIssuer()
    const answer = await fetch(without.api, { headers: { authorization: `Bearer ${token}` } })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await answer.json()).toMatchObject({
      error: { code: 'try-again', message: expect.stringContaining('again') },
    })
  } finally {
    await without.stop()
  }
})
