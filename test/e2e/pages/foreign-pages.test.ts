import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { RunningServer } from '../../../src/http/server.ts'
import { openBrowser } from '../../support/browser.ts'
import { fakeFetch, startPages } from './fake-fetch.ts'

let browser: Browser
let server: RunningServer
let fake: ReturnType<typeof fakeFetch>
let page: Page
let complaints: string[]

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())

beforeEach(async () => {
  fake = fakeFetch()
  server = await startPages(fake.useCases)
  page = await browser.newPage() // closing it also closes the context that it got
  complaints = []
  page.on('console', (message) => complaints.push(message.text()))
})
afterEach(async () => {
  await page.close()
  await server.close()
})

const linkTo = (nonce: string) => `${server.url}/fetch/${nonce}`
const heading = (name: string) => page.getByRole('heading', { level: 1, name }).waitFor()

describe('other people’s pages', () => {
  const foreign = [
    { where: 'of another site', url: 'http://attacker.example/' },
    { where: 'at another port of the same host', url: 'http://127.0.0.1:1/' },
  ]
  it.each(foreign)('cannot send our form from a page $where, even with the right form token', async ({ url }) => {
    const nonce = fake.open()
    await page.goto(linkTo(nonce))
    const formToken = await page.locator('input[name=form]').inputValue()
    const body = `<form method="post" action="${linkTo(nonce)}"><input name="form" value="${formToken}"><button>Win</button></form>`
    await page.route(url, (route) => route.fulfill({ contentType: 'text/html', body }))
    await page.goto(url)
    await page.getByRole('button', { name: 'Win' }).click()
    await heading('That did not come from our page')
    expect(fake.counts.changes).toBe(0)
    await page.getByRole('link', { name: 'Open the page again' }).click()
    await page.getByRole('button', { name: 'Fetch my access' }).click()
    await heading('Here is your access')
  })

  it('cannot show ours in a frame', async () => {
    // A real server, because Chromium keeps pages of unknown whereabouts from the local network altogether.
    const attacker = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(`<iframe src="${linkTo(fake.open())}"></iframe>`)
    })
    try {
      await once(attacker.listen(0, '127.0.0.1'), 'listening')
      await page.goto(`http://127.0.0.1:${(attacker.address() as AddressInfo).port}/`)
      await expect.poll(() => complaints.join()).toContain('frame-ancestors')
      expect(await page.frames()[1]?.content()).not.toContain('Fetch my access')
    } finally {
      attacker.close()
      attacker.closeAllConnections()
    }
  })
})
