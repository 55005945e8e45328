import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { fakeFetch, startPages } from './fake-fetch.ts'

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let check: AccessibilityCheck

beforeAll(async () => {
  check = await accessibilityCheck()
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
})
afterEach(() => server.close())

const open = (page: Page, nonce: string) => page.goto(`${server.url}/fetch/${nonce}`)
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
const fetched = async (page: Page) => {
  await open(page, fake.open())
  await press(page, 'Fetch my access')
}

/** Every page there is without a sign-in, and how one gets to it. */
const states: Record<string, (page: Page) => Promise<unknown>> = {
  'Your access is ready to fetch': (page) => open(page, fake.open()),
  'Here is your access': fetched,
  'Here is your token': async (page) => {
    await fetched(page)
    await press(page, 'Reveal the token here')
    await page.getByText('Show the token').click()
  },
  'This token no longer works': async (page) => {
    await fetched(page)
    await page.evaluate('document.querySelector("input[name=token]").value = "s.another"')
    await press(page, 'Reveal the token here')
  },
  'You have already fetched this': async (page) => {
    await fetched(page)
    await page.goto(page.url())
  },
  'Request access': (page) => page.goto(`${server.url}/request?text=kv/apps/db+1h+because+payments+fail`),
  'Make a link for a request': (page) => page.goto(`${server.url}/request?text=+`),
  'This link does not work': (page) => open(page, 'A'.repeat(43)),
  'This link has been used': (page) => open(page, fake.open('redeemed')),
  'This link has been reported': async (page) => {
    await open(page, fake.open('redeemed'))
    await press(page, 'This was not me')
  },
  'This link has expired': (page) => open(page, fake.open('expired')),
  'A newer link has replaced this one': (page) => open(page, fake.open('replaced')),
  'Somebody else tried this link': async (page) => {
    await open(page, fake.open('contested'))
    await press(page, 'Fetch my access')
  },
  'The vault did not give the access': async (page) => {
    await open(page, fake.open('failing'))
    await press(page, 'Fetch my access')
  },
  'That did not come from our page': async (page) => {
    await open(page, fake.open())
    await page.context().clearCookies()
    await press(page, 'Fetch my access')
  },
  'There is nothing here': (page) => page.goto(server.url),
}

it.each(Object.entries(states))(
  'the page “%s” is accessible in light and dark, and fits a phone',
  async (title, reach) => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await reach(page)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      expect(await page.title()).toBe(`${title} · Latchkey`)
      await check(page)
    } finally {
      await context.close()
    }
  },
)

it('buttons and choices are large enough for a finger', async () => {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 } })
  try {
    const page = await context.newPage()
    await fetched(page)
    await page.getByRole('heading', { level: 1, name: 'Here is your access' }).waitFor()
    const targets = await page.locator('main button:visible, main a:visible, main label:visible').all()
    expect(targets.length).toBe(5)
    for (const target of targets) expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  } finally {
    await context.close()
  }
})
