import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { type AccessibilityCheck, accessibilityCheck } from '../../support/accessible.ts'
import { openBrowser } from '../../support/browser.ts'
import { keyboardReachesAll } from '../../support/keyboard.ts'
import { fakeFetch, jobCredential, startPages } from './fake-fetch.ts'

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

/** The access behind the links is for a job. */
const fetchedForJob = async (page: Page) => {
  const { redeemLink, revealCredential } = fake.useCases
  fake.useCases.redeemLink = async (...given) => {
    const redeemed = await redeemLink(...given)
    return redeemed.kind === 'credential' ? { ...redeemed, credential: jobCredential } : redeemed
  }
  fake.useCases.revealCredential = async (...given) => {
    const revealed = await revealCredential(...given)
    return revealed.kind === 'token' ? { ...revealed, usage: jobCredential } : revealed
  }
  await fetched(page)
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
  'Here is the login of your workload': fetchedForJob,
  'Here is the secret_id': async (page) => {
    await fetchedForJob(page)
    await press(page, 'Show the secret_id here')
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
  'This link was used in another browser': async (page) => {
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
  'These pages need a sign-in': (page) => page.goto(`${server.url}/access`),
  'There is nothing here': (page) => page.goto(server.url),
  'In a moment': async (page) => {
    await open(page, fake.open('refusing'))
    await press(page, 'Fetch my access')
  },
  'Too many tries': async (page) => {
    for (let tries = 0; tries < 100; tries += 1) await fetch(`${server.url}/fetch/${'A'.repeat(43)}`)
    await open(page, 'A'.repeat(43))
  },
  'The request was too large': async (page) => {
    await open(page, fake.open())
    await page.evaluate('document.querySelector("input[name=form]").value = "x".repeat(1_000_000)')
    await press(page, 'Fetch my access')
  },
  'Something went wrong': (page) => {
    fake.useCases.lookAtLink = () => Promise.reject(new Error('a fault of ours'))
    return open(page, fake.open())
  },
}

/** Shows the page in a browser of its own, with scripts or without. */
const visit = async (title: string, javaScriptEnabled: boolean, look: (page: Page) => Promise<unknown>) => {
  const context = await browser.newContext({ javaScriptEnabled, viewport: { width: 390, height: 844 } })
  try {
    const page = await context.newPage()
    await states[title]?.(page)
    await page.getByRole('heading', { level: 1, name: title }).waitFor()
    expect(await page.title()).toBe(`${title} · Latchkey`)
    await look(page)
  } finally {
    await context.close()
  }
}

it.each(Object.keys(states))(
  'the page “%s” is accessible in light and dark, fits a phone, and needs no mouse',
  (title) => visit(title, true, check),
)

it.each(Object.keys(states))('the page “%s” is there without scripts, fits a phone, and needs no mouse', (title) =>
  visit(title, false, async (page) => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await keyboardReachesAll(page)
  }),
)

it('no page is missing here or among those behind a sign-in', async () => {
  const folder = join(import.meta.dirname, '../../../src/http/pages')
  const sources = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))
  const titles = [...sources.join('\n').matchAll(/= page\(\n? *'([^']+)'|=>\n +page\(\n? *'([^']+)'/g)].map(
    ([, one, other]) => one ?? other ?? '',
  )
  const others = ['sign-in.test.ts', 'personal-pages.test.ts', 'terminal-pages.test.ts']
  const signIn = (await Promise.all(others.map((file) => readFile(join(import.meta.dirname, file), 'utf8')))).join()
  expect(titles.length).toBeGreaterThan(20)
  expect(titles.filter((title) => !(title in states) && !signIn.includes(`'${title}'`))).toEqual([])
})

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
