import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { openBrowser } from '../../support/browser.ts'
import { fakeFetch, startPages } from './fake-fetch.ts'

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let axe: string

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
})
afterEach(() => server.close())

const violations = async (page: Page) => {
  await page.evaluate(axe)
  return page.evaluate<string[]>(
    'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes.map(({ target }) => target).join()))',
  )
}

const open = (page: Page, nonce: string) => page.goto(`${server.url}/fetch/${nonce}`)
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
const fetched = async (page: Page) => {
  await open(page, fake.open())
  await press(page, 'Fetch my access')
}

/** Every page there is, and how one gets to it. */
const states: Record<string, (page: Page) => Promise<unknown>> = {
  'Your access is ready to fetch': (page) => open(page, fake.open()),
  'Here is your access': fetched,
  'Here is your token': async (page) => {
    await fetched(page)
    await press(page, 'Reveal the token here')
    await page.getByText('Show the token').click()
  },
  'This token is spent': async (page) => {
    await fetched(page)
    await page.evaluate('document.querySelector("input[name=token]").value = "s.another"')
    await press(page, 'Reveal the token here')
  },
  'You have fetched this already': async (page) => {
    await fetched(page)
    await page.goto(page.url())
  },
  'This link does not work': (page) => open(page, fake.open('expired')),
  'The vault did not play along': async (page) => {
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

const looks = [
  { colorScheme: 'light', width: 1200 },
  { colorScheme: 'dark', width: 1200 },
  { colorScheme: 'light', width: 390 },
  { colorScheme: 'dark', width: 390 },
] as const

it.each(Object.entries(states))(
  'the page “%s” is accessible in light and dark, and fits a phone',
  async (title, reach) => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await reach(page)
      await page.getByRole('heading', { level: 1, name: title }).waitFor()
      expect(await page.title()).toBe(`${title} · Latchkey`)
      for (const { colorScheme, width } of looks) {
        await page.emulateMedia({ colorScheme })
        await page.setViewportSize({ width, height: 844 })
        expect(await violations(page), `${colorScheme}, ${width} pixels`).toEqual([])
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      }
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
