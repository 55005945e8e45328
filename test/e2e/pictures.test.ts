import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { accessibilityCheck } from '../support/accessible.ts'
import { openBrowser } from '../support/browser.ts'
import { demoWindow, type Look, playDemo, startDemoWorld, wordsOf } from '../support/played-demo.ts'
import { playBoth, playTeams, startBothWorld } from '../support/played-teams.ts'

const file = join(import.meta.dirname, '../../.github/images/words.json')
let browser: Browser
const stops: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

const started = async <World extends { stop(): Promise<unknown> }>(starting: Promise<World>): Promise<World> => {
  const world = await starting
  stops.push(world.stop)
  return world
}

test('the pictures show the words that the program says: run "npm run pictures" if this fails', async () => {
  const [slack, both] = await Promise.all([started(startDemoWorld()), started(startBothWorld())])
  const page = await browser.newPage({ viewport: demoWindow, timezoneId: 'UTC' })
  const words: Record<string, readonly string[]> = {}
  const read: Look = async (name, what, texts = [what]) => {
    words[name] = await wordsOf(...texts)
  }
  await playDemo(slack, browser, page, read)
  await playTeams(both.world, page, read)
  await playBoth(both.url, page, read)
  expect(words).toEqual(JSON.parse(await readFile(file, 'utf8')))
}, 240_000)

test.each([
  ['Slack', async (page: Page, look: Look) => playDemo(await started(startDemoWorld()), browser, page, look)],
  ['Teams', async (page: Page, look: Look) => playTeams((await started(startBothWorld())).world, page, look)],
])(
  'each step of the demo in %s is accessible in light and dark, by keyboard and on a phone',
  async (_, play) => {
    const check = await accessibilityCheck()
    const page = await browser.newPage({ viewport: demoWindow })
    await play(page, async (_, what) => {
      await check(what.page())
      await page.setViewportSize(demoWindow)
    })
  },
  600_000,
)
