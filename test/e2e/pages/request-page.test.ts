import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { openBrowser } from '../../support/browser.ts'
import { fakeFetch, startPages } from './fake-fetch.ts'

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
  page = await browser.newPage()
})
afterEach(async () => {
  await page.close()
  await server.close()
})

const words = 'kv/apps/db kv/apps/mail 1h because "payments" <fail> & more'
const link = (text: string) => `${server.url}/request?${new URLSearchParams({ text })}`

describe('a link of a runbook', () => {
  it('shows the command with its words, a way into the chat, and files nothing', async () => {
    await page.goto(link(words))
    expect(await page.locator('pre code').textContent()).toBe(`/vault request ${words}`)
    expect(await page.getByText('Nothing is requested yet').count()).toBe(1)
    expect(await page.getByRole('link', { name: 'Open Slack' }).getAttribute('href')).toBe(
      'https://slack.com/app_redirect?app=A0&team=T0',
    )
    expect(fake.counts).toEqual({ looks: 0, changes: 0 })
  })

  it('takes the whole command, too, and writes its beginning once', async () => {
    await page.goto(link(`/vault request ${words}`))
    expect(await page.locator('pre code').textContent()).toBe(`/vault request ${words}`)
    expect(await page.locator('code.address').textContent()).not.toContain('vault')
    await page.goto(link('/vault request'))
    expect(await page.getByText('Write what is needed, for example a path.').count()).toBe(1)
  })

  it('copies exactly that command with the keyboard alone', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: server.url })
    await page.goto(link(words))
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(`/vault request ${words}`)
  })

  it('answers for what exists and for what does not alike, and sets no cookie', async () => {
    const answers = await Promise.all(['kv/apps/db', 'kv/none/at'].map((text) => fetch(link(text))))
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(answers.map(({ headers }) => headers.get('set-cookie'))).toEqual([null, null])
    const [one = '', other = ''] = await Promise.all(answers.map((answer) => answer.text()))
    const plain = (text: string, path: string) => text.replaceAll(path, '').replaceAll(encodeURIComponent(path), '')
    expect(plain(one, 'kv/apps/db')).toBe(plain(other, 'kv/none/at'))
  })

  it('hides nothing from the reader: what is not shown is not in the command', async () => {
    await page.goto(link('kv/apps/db\n\u202e 1h\u200b because\u0007 I say so'))
    expect(await page.locator('pre code').textContent()).toBe('/vault request kv/apps/db 1h because I say so')
  })

  it('works without JavaScript: the command can be selected', async () => {
    const context = await browser.newContext({ javaScriptEnabled: false })
    const still = await context.newPage()
    await still.goto(link('kv/apps/db'))
    expect(await still.locator('pre code').textContent()).toBe('/vault request kv/apps/db')
    expect(await still.getByRole('button').count()).toBe(0)
    await context.close()
  })
})

describe('the page that makes such a link', () => {
  it('leads to the link, which shows its own address', async () => {
    await page.goto(`${server.url}/request`)
    await page.getByLabel('What, how long, and why').fill('kv/apps/db 1h because payments fail')
    await page.getByRole('button', { name: 'Make the link' }).click()
    await page.getByRole('heading', { name: 'Request access' }).waitFor()
    const address = await page.locator('code.address').textContent()
    expect(address).toBe(`${server.url}/request?text=kv/apps/db+1h+because+payments+fail`)
    await page.goto(address ?? '')
    expect(await page.locator('pre code').textContent()).toBe('/vault request kv/apps/db 1h because payments fail')
  })

  it.each([
    [' ', 'Write what is needed'],
    ['x'.repeat(801), 'Shorten it to 800 characters.'],
  ])('says beside the field what is wrong', async (text, sentence) => {
    const answer = await page.goto(link(text))
    expect(answer?.status()).toBe(400)
    const field = page.getByLabel('What, how long, and why')
    expect(await field.getAttribute('aria-describedby')).toBe('fault')
    expect(await page.locator('#fault').textContent()).toContain(sentence)
  })
})
