import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { openBrowser } from '../support/browser.ts'

let world: World
let browser: Browser
beforeAll(async () => {
  world = await startWorld()
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await world?.stop()
})

const quiet = {
  chapter: () => {},
  say: () => {},
  proof: (text: string, isTrue: boolean) => expect(isTrue, text).toBe(true),
}

test("one click signs the person in to the vault's own pages and lands on the granted secret", async () => {
  const story = storyOf(world, quiet)
  await story.approve(await story.ask('15 minutes'))
  const page = await browser.newPage()
  await page.goto(await story.getLink())
  await page.getByRole('button').first().click()
  const [vault] = await Promise.all([
    page.context().waitForEvent('page'),
    page.getByRole('link', { name: 'Open in the vault' }).click(),
  ])
  await vault.getByText('username').first().waitFor({ timeout: 30_000 })
  expect(new URL(vault.url()).pathname).toContain('/ui/vault/secrets/kv/show/apps/orders/database')
  expect(vault.url()).not.toContain('wrapped_token')
})
