import { createHash, randomBytes } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { listenForReturn } from '../../../src/people-cli/session/loopback.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { type SessionWorld, sessionWorld } from '../../support/session-world.ts'
import type { TerminalKey } from '../../support/terminal-key.ts'

// The pages on which a person lets a terminal in, in a real browser. The issuer signs Ada in without a question.

let browser: Browser
let check: AccessibilityCheck
let world: SessionWorld
let page: Page

beforeAll(async () => {
  check = await accessibilityCheck()
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  world = await sessionWorld({ hasIssuer: true, hasDeviceCode: true })
  page = await (await browser.newContext()).newPage()
  await page.route(`${world.issuerUrl}/authorize**`, (route) => {
    const back = world.issuer.authorize(route.request().url())
    return route.fulfill({ status: 302, headers: { location: `${world.publicUrl}/fetch/callback?${back}` } })
  })
})
afterEach(async () => {
  await page?.context().close()
  await world?.stop()
})

const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const main = () => page.locator('main').innerText()

describe('the page that a terminal opens', () => {
  const opened = async (by: TerminalKey, verifier: string, port: number) => {
    const code_challenge = createHash('sha256').update(verifier).digest('base64url')
    const query = { code_challenge, state, port: String(port), key: by.thumbprint, host: 'ada-laptop' }
    await page.goto(`${world.publicUrl}/terminal/authorize?${new URLSearchParams(query)}`)
    await heading('Sign this terminal in?')
  }
  const state = 'state-of-this-test'

  test('names machine, way back, address and rights, and one key press brings the code to the terminal', async () => {
    const [by, verifier] = [world.key(), randomBytes(32).toString('base64url')]
    const loopback = await listenForReturn(state)
    try {
      await opened(by, verifier, loopback.port)
      const words = ['ada', 'ada-laptop', `127.0.0.1:${loopback.port}`, 'the proxy’s own', 'decide', '12 hours']
      for (const word of words) expect(await main()).toContain(word)
      await check(page)
      await page.getByRole('button', { name: 'Sign this terminal in' }).focus()
      await page.keyboard.press('Enter')
      await page.getByText('You are signed in. You may close this page').waitFor()
      const { code } = await loopback.returned()
      const given = { grant_type: 'authorization_code', code, code_verifier: verifier }
      const { access } = world.tokensIn(await world.token(by, given))
      expect((await world.call(access, by)).status).toBe(200)
    } finally {
      loopback.close()
    }
  })

  test('offers a button where the browser does not go on by itself, and tells what to do when nobody waits', async () => {
    await opened(world.key(), randomBytes(32).toString('base64url'), 41_234)
    await page.route(`${world.publicUrl}/fetch/terminal/**`, async (route) => {
      const response = await route.fetch()
      const body = (await response.text()).replace(/<meta http-equiv="refresh"[^>]*>/, '')
      await route.fulfill({ response, body })
    })
    await page.getByRole('button', { name: 'Sign this terminal in' }).click()
    await heading('Going back to the terminal')
    expect(await page.getByRole('link', { name: 'Tell the terminal' }).getAttribute('href')).toMatch(
      /^http:\/\/127\.0\.0\.1:41234\/callback\?code=[\w-]{43}&state=state-of-this-test$/,
    )
    expect(await main()).toContain('latchkey sign-in')
    await check(page)
  })

  test('says so when its address is not complete', async () => {
    await page.goto(`${world.publicUrl}/terminal/authorize?port=41234`)
    await heading('This address is not complete')
    await check(page)
  })
})

describe('the page for a terminal’s code', () => {
  const begun = async (by: TerminalKey): Promise<Record<string, string>> =>
    (await world.post('start', { key: by.jwk, host: 'server-without-browser' })).json
  const opened = async () => {
    await page.goto(`${world.publicUrl}/terminal`)
    await heading('Type the code of your terminal')
  }
  /** As a person without a mouse. */
  const type = async (code: string) => {
    await page.getByLabel('Code').fill(code)
    await page.keyboard.press('Enter')
  }
  const permit = () => page.getByRole('button', { name: 'Sign this terminal in' }).click()

  test('takes the code however it is written, asks, and lets the terminal in', async () => {
    const by = world.key()
    const { id, code = '', verification_uri } = await begun(by)
    expect(verification_uri).toBe(`${world.publicUrl}/terminal`)
    await opened()
    await check(page)
    await type(code.toLowerCase().replace('-', ' '))
    await heading('Sign this terminal in?')
    for (const word of [code, 'server-without-browser', '127.0.0.1', 'decide', '12 hours'])
      expect(await main()).toContain(word)
    await check(page)
    const poll = () => world.token(by, { grant_type: 'device_code', id })
    expect((await poll()).json).toMatchObject({ error: 'authorization_pending' })
    await permit()
    await heading('The terminal is signed in')
    await check(page)
    const answer = await poll()
    expect(answer.json).toMatchObject({ rights: 'all' })
    expect((await world.call(world.tokensIn(answer).access, by)).status).toBe(200)
    expect(await world.audited()).toContainEqual(
      expect.objectContaining({ kind: 'session-opened', how: 'code-on-page' }),
    )
  })

  test('refuses wrong, used and expired codes beside the field, keeps what was typed, and stops guesses', async () => {
    const [used, late] = [await begun(world.key()), await begun(world.key())]
    await opened()
    await type(used.code ?? '')
    await permit()
    await heading('The terminal is signed in')

    await opened()
    const field = page.getByLabel('Code')
    const refused = async (code: string) => {
      await type(code)
      await page.locator('#fault').waitFor()
      expect(await field.getAttribute('aria-describedby')).toBe('fault')
      expect(await field.inputValue()).toBe(code)
      return page.locator('#fault').innerText()
    }
    expect(await refused('BCDF-GHJK')).toContain('No terminal waits with this code')
    await check(page)
    expect(await refused(used.code ?? '')).toContain('good for 5 minutes and once')
    world.wait(301)
    expect(await refused(late.code ?? '')).toContain('latchkey sign-in')
    expect(await refused('<b>"')).toContain('No terminal waits')
    expect(await refused((await begun(world.key())).code ?? '')).toContain('Too many codes')
    const refusals = (await world.audited()).filter(({ kind }) => kind === 'refused')
    expect(refusals.map((row) => 'code' in row && row.code)).toEqual([
      ...Array.from({ length: 4 }, () => 'code-unknown'),
      'too-many-codes',
    ])
  })

  test('does not let a terminal in whose code ran out between question and answer', async () => {
    const { code = '' } = await begun(world.key())
    await opened()
    await type(code)
    await heading('Sign this terminal in?')
    world.wait(301)
    await permit()
    await heading('Type the code of your terminal')
    expect(await page.locator('#fault').innerText()).toContain('No terminal waits with this code')
  })
})
