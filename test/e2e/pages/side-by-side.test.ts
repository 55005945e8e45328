import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { freePort } from '../../../src/demo/latchkey-process.ts'
import { type SideBySide, startSideBySide } from '../../../src/simulator/side-by-side/server.ts'
import { openBrowser } from '../../support/browser.ts'
import { developer, lead, type Pair, startPair } from '../../unit/simulator/bolt-app.ts'
import { scriptedApp } from '../../unit/simulator/scripted-app.ts'
import { boss, dev, newPair, type Pair as TeamsPair } from '../../unit/simulator/teams-bot.ts'

let browser: Browser
let slack: Pair
let teams: TeamsPair
let both: SideBySide
let page: Page

beforeAll(async () => {
  browser = await openBrowser()
})
afterAll(() => browser?.close())
beforeEach(async () => {
  const port = await freePort()
  const framedBy = `http://127.0.0.1:${port}`
  slack = await startPair({ framedBy })
  scriptedApp(slack.app)
  teams = await newPair({ framedBy })
  both = await startSideBySide({
    port,
    company: 'Example',
    people: ['Developer on call', 'Team lead'],
    chats: [
      { name: 'Slack', url: slack.slack.url, ids: [developer, lead] },
      { name: 'Teams', url: teams.teams.url, ids: [dev, boss] },
    ],
    panels: async () => [{ title: 'Vault', rows: [{ label: 'policies', value: 'none' }] }],
  })
  page = await browser.newPage({ viewport: { width: 1360, height: 840 } })
  await page.goto(both.url)
})
afterEach(async () => {
  await page.close()
  await both.close()
  await slack.stop()
  await teams.close()
})

const inSlack = () => page.frameLocator('iframe[title^="Slack of"]')
const inTeams = () => page.frameLocator('iframe[title^="Teams of"]')

test('one person works in Slack and the other one in Teams, on one page', async () => {
  await inSlack().getByRole('textbox', { name: 'Command of Developer on call' }).fill('/vault help')
  await inSlack().getByRole('button', { name: 'Send', exact: true }).click()
  await inSlack().getByText('Try: request').waitFor()
  await inTeams().getByRole('textbox', { name: 'Message of Platform lead' }).fill('mine')
  await inTeams().getByRole('button', { name: 'Send', exact: true }).click()
  await inTeams().getByText('mine').waitFor()
  await page.getByText('policies').waitFor()
  expect(await inSlack().getByRole('region').filter({ visible: true }).count()).toBe(1)
})

test('turned round, both people are in the other chat', async () => {
  await page.getByRole('link', { name: 'Turn round: Developer on call in Teams' }).click()
  await inTeams().getByRole('textbox', { name: 'Message of Developer on call' }).waitFor()
  await inSlack().getByRole('textbox', { name: 'Command of Team lead' }).waitFor()
  await page.getByRole('link', { name: 'Turn round: Developer on call in Slack' }).waitFor()
})

test('opened by another name of this machine, the page goes to the name under which it may show the chats', async () => {
  await page.goto(both.url.replace('127.0.0.1', 'localhost'))
  expect(page.url()).toBe(`${both.url}/`)
  await inTeams().getByRole('textbox', { name: 'Message of Platform lead' }).waitFor()
})

test('the page around the chats is accessible in light and dark, and fits a phone', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1360, 1000, 390]) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 844 })
      await page.evaluate(axe)
      const run =
        'axe.run({ iframes: false }).then(({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes[0].html))'
      expect(await page.evaluate(run), `${colorScheme}, ${width} pixels`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    }
})

test('no other page may show the chats in a frame', async () => {
  const stranger = await browser.newPage()
  await stranger.setContent(`<iframe src="${slack.slack.url}"></iframe><iframe src="${teams.teams.url}"></iframe>`)
  for (const frame of stranger.frames().slice(1)) expect(await frame.locator('.column').count()).toBe(0)
  await stranger.close()
})
