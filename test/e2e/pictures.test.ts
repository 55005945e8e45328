import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { World } from '../../src/demo/world.ts'
import { accessibilityCheck } from '../support/accessible.ts'
import { openBrowser } from '../support/browser.ts'
import { demoWindow, playDemo, startDemoWorld, wordsOf } from '../support/played-demo.ts'

const file = join(import.meta.dirname, '../../.github/images/words.json')
let browser: Browser
let world: World

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  world = await startDemoWorld()
})
afterEach(() => world.stop())

test('the pictures show the words that the program says: run "npm run pictures" if this fails', async () => {
  const page = await browser.newPage({ viewport: demoWindow })
  const words: Record<string, readonly string[]> = {}
  await playDemo(world, browser, page, async (name, what) => {
    words[name] = await wordsOf(what)
  })
  expect(words).toEqual(JSON.parse(await readFile(file, 'utf8')))
})

test('each step of the demo is accessible in light and dark, by keyboard and on a phone', async () => {
  const check = await accessibilityCheck()
  const page = await browser.newPage({ viewport: demoWindow })
  await playDemo(world, browser, page, async (_, what) => {
    await check(what.page())
    await page.setViewportSize(demoWindow)
  })
}, 600_000)
