import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { openBrowser } from '../../support/browser.ts'
import { credential, fakeFetch, startPages, token, wrappingToken } from './fake-fetch.ts'

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
const contexts: BrowserContext[] = []
const complaints: string[] = []

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
  complaints.length = 0
})
afterEach(async () => {
  await Promise.all(contexts.splice(0).map((context) => context.close()))
  await server.close()
  expect(complaints, 'the browser complained').toEqual([])
})

const linkTo = (nonce: string) => `${server.url}/fetch/${nonce}`

/** A person's browser of its own, with no cookies yet. */
const newPage = async (options: BrowserContextOptions = {}): Promise<Page> => {
  const context = await browser.newContext({ timezoneId: 'UTC', ...options })
  contexts.push(context)
  const page = await context.newPage()
  page.on('console', (message) => {
    // Chromium also reports every status that is no success; those are expected here.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text())
    }
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  return page
}

const fetchIt = (page: Page) => page.getByRole('button', { name: 'Fetch my access' }).click()
const revealIt = (page: Page) => page.getByRole('button', { name: 'Reveal the token here' }).click()
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name }).waitFor()
const focused = (page: Page) =>
  page.evaluate<string>(
    '(document.activeElement.value || document.activeElement.innerText).replace(/[•\\s]+/g, " ").trim()',
  )

describe('a one-time link', () => {
  it('shows what it opens, and gives the token in three ways once the button is pressed', async () => {
    const page = await newPage()
    await page.goto(linkTo(fake.open()))
    await page.getByText('kv/apps/billing/database').waitFor()
    await page.getByText('You need the company VPN.').waitFor()
    await fetchIt(page)
    await heading(page, 'Here is your access')
    expect(await page.locator('#commands-bao').innerText()).toContain(`BAO_TOKEN='${wrappingToken}' bao unwrap`)
    const pages = page.getByRole('link', { name: 'Open in the vault' })
    expect(await pages.getAttribute('href')).toContain(wrappingToken)
    expect(await pages.getAttribute('rel')).toContain('noreferrer')
    await page.getByText('Use one of the ways below. Together they work once.').waitFor()
    await revealIt(page)
    await heading(page, 'Here is your token')
    expect(await page.getByText(token).isVisible()).toBe(false)
    await page.getByText('Show the token').click()
    expect(await page.getByText(token).isVisible()).toBe(true)
    const lines = await page.locator('#commands-bao').innerText()
    for (const line of [`export BAO_ADDR='${credential.address}'`, ...credential.commands])
      expect(lines).toContain(line)
    expect(lines).not.toContain(token)
    expect(await page.getByRole('link', { name: credential.address }).getAttribute('href')).toContain('/ui/')
  })

  it('shows the commands of the program that is chosen', async () => {
    const page = await newPage()
    await page.goto(linkTo(fake.open()))
    await fetchIt(page)
    await page.getByRole('radio', { name: 'vault' }).check()
    expect(await page.locator('#commands-vault').isVisible()).toBe(true)
    expect(await page.locator('#commands-bao').isVisible()).toBe(false)
    await revealIt(page)
    await heading(page, 'Here is your token')
    const seen = () =>
      page
        .locator('[id^=commands-]')
        .evaluateAll((all) => all.filter((one) => one.checkVisibility()).map(({ id }) => id))
    expect(await seen()).toHaveLength(1)
    for (const program of ['bao', 'vault']) {
      await page.getByRole('radio', { name: program }).check()
      expect(await seen()).toEqual([`commands-${program}`])
    }
  })

  it('works from first to last without JavaScript', async () => {
    const page = await newPage({ javaScriptEnabled: false })
    await page.goto(linkTo(fake.open()))
    await fetchIt(page)
    await heading(page, 'Here is your access')
    expect(await page.getByRole('button', { name: 'Copy' }).count()).toBe(0)
    expect(await page.getByText('25 Nov 2026, 13:03 UTC').isVisible()).toBe(true)
    await page.getByRole('radio', { name: 'vault' }).check()
    expect(await page.locator('#commands-vault').isVisible()).toBe(true)
    await revealIt(page)
    await heading(page, 'Here is your token')
    await page.getByText('Show the token').click()
    expect(await page.getByText(token).isVisible()).toBe(true)
  })

  it('works with the keyboard alone', async () => {
    const page = await newPage({ permissions: ['clipboard-read', 'clipboard-write'] })
    const press = async (key: string, expected: string) => {
      await page.keyboard.press(key)
      expect(await focused(page)).toBe(expected)
    }
    await page.goto(linkTo(fake.open()))
    await press('Tab', 'Fetch my access')
    await page.keyboard.press('Enter')
    await heading(page, 'Here is your access')
    await press('Tab', 'bao')
    await press('ArrowRight', 'vault')
    await press('Tab', 'Copy commands')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('Copied.').waitFor()
    const copied = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(copied.split('\n')).toContain(
      `export VAULT_TOKEN="$(VAULT_TOKEN='${wrappingToken}' vault unwrap -field=token || echo no-token)"`,
    )
    await press('Tab', 'Open in the vault (in a new tab)')
    await press('Tab', 'Reveal the token here')
    await page.keyboard.press('Enter')
    await heading(page, 'Here is your token')
    await press('Tab', 'Show the token')
    await page.keyboard.press('Enter')
    expect(await page.getByText(token).isVisible()).toBe(true)
  })

  it('is used up by one press, even when the button is pressed twice', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
    const slow = { ...fake.useCases }
    slow.redeemLink = async (...given) => {
      const redeemed = await fake.useCases.redeemLink(...given)
      await answered
      return redeemed
    }
    await server.close()
    server = await startPages(slow)
    const page = await newPage()
    await page.goto(linkTo(fake.open()))
    const button = page.locator('main button')
    await button.focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => fake.counts.changes).toBe(1)
    await page.keyboard.press('Enter')
    answer()
    await heading(page, 'Here is your access')
    expect(fake.counts.changes).toBe(1)
  })

  it('tells times in the reader’s own zone where scripts run', async () => {
    const page = await newPage({ timezoneId: 'Europe/Madrid' })
    await page.goto(linkTo(fake.open()))
    expect(await page.locator('time').innerText()).toMatch(/^25 Nov 2026, 15:30 (CET|GMT\+1)$/)
  })

  it('says so when the token’s time is over while the page is open', async () => {
    const page = await newPage()
    await page.clock.install()
    await page.goto(linkTo(fake.open()))
    await fetchIt(page)
    await heading(page, 'Here is your access')
    await page.clock.fastForward('02:59')
    expect(await page.getByText('Use one of the ways below. Together they work once.').isVisible()).toBe(true)
    await page.clock.fastForward('00:02')
    await page.locator('main').getByText('The token has expired.').waitFor()
    expect(await page.getByText('Use one of the ways below. Together they work once.').isVisible()).toBe(false)
  })
})

describe('after the token was shown', () => {
  it('the same browser is told that it has fetched it, and no token is on the page any more', async () => {
    const page = await newPage()
    const nonce = fake.open()
    await page.goto(linkTo(nonce))
    await fetchIt(page)
    await heading(page, 'Here is your access')
    expect(page.url() + (await page.title())).not.toContain(wrappingToken)
    await page.reload()
    await heading(page, 'You have already fetched this')
    expect(await page.content()).not.toContain(wrappingToken)
    await page.goto(linkTo(nonce))
    await heading(page, 'You have already fetched this')
  })

  it('a revealed token is gone after a reload and after going back to it', async () => {
    const page = await newPage()
    await page.goto(linkTo(fake.open()))
    await fetchIt(page)
    await revealIt(page)
    await heading(page, 'Here is your token')
    expect(page.url() + (await page.title())).not.toContain(token)
    await page.reload()
    await heading(page, 'This token no longer works')
    expect(await page.content()).not.toContain(token)
    await page.goto(page.url())
    await heading(page, 'You have already fetched this')
    // Chromium either asks for the form's answer anew or shows that it will not; which one depends on the way there.
    await page.goBack().catch(() => undefined)
    await expect.poll(() => page.content().catch(() => token)).not.toContain(token)
  })

  /** A link that a first browser has used; its form as a page had it that was opened before. */
  const usedLink = async () => {
    const nonce = fake.open()
    const first = await newPage()
    await first.goto(linkTo(nonce))
    const early = await newPage()
    await early.goto(linkTo(nonce))
    await fetchIt(first)
    await heading(first, 'Here is your access')
    return { nonce, early }
  }

  it.each([true, false])(
    'another browser learns only when, and raises the alarm by its one button (scripts: %s)',
    async (javaScriptEnabled) => {
      const { nonce } = await usedLink()
      const second = await newPage({ javaScriptEnabled })
      for (let looks = 0; looks < 3; looks += 1) await second.goto(linkTo(nonce))
      await heading(second, 'This link has been used')
      await second.getByText('25 Nov 2026, 13:00').waitFor()
      for (const hidden of ['billing', 'production']) expect(await second.content()).not.toContain(hidden)
      expect(await second.locator('button, a, input:not([type=hidden])').count()).toBe(1)
      expect(fake.counts.changes).toBe(1)
      await second.keyboard.press('Tab')
      expect(await focused(second)).toBe('This was not me')
      await second.keyboard.press('Enter')
      await heading(second, 'This link was used in another browser')
      expect(await second.locator('button').count()).toBe(0)
      await second.goto(linkTo(nonce))
      await heading(second, 'This link was used in another browser')
    },
  )

  it('a press on a page that was opened before the use raises the alarm as well', async () => {
    const { early } = await usedLink()
    await fetchIt(early)
    await heading(early, 'This link was used in another browser')
    expect(await early.content()).not.toContain('billing')
  })

  it('a vault that refuses for now is asked again by the same button, and the link still works', async () => {
    const page = await newPage()
    await page.goto(linkTo(fake.open('refusing')))
    await fetchIt(page)
    await heading(page, 'In a moment')
    expect(await page.content()).toContain('Wait 2 seconds')
    await fetchIt(page)
    await expect.poll(() => page.content()).toContain('apps/')
  })

  it('a failed try says that nothing was shown', async () => {
    const page = await newPage()
    await page.goto(linkTo(fake.open('failing')))
    await fetchIt(page)
    await heading(page, 'The vault did not give the access')
  })
})
