import type { Browser, Locator, Page } from 'playwright-core'
import { channel, command, request, slackUsers } from '../../src/demo/example.ts'
import { panels } from '../../src/demo/panels.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'

/** What is worth a look while the demo is played, in the order of the play; its words are in `texts`, or in itself. */
export type Look = (name: string, what: Locator, texts?: readonly Locator[]) => Promise<unknown>

/** The demo's world, with lengths that no play outlives. */
export const startDemoWorld = (): Promise<World> =>
  startWorld({ durations: ['15m', '1h'], integration: { channel: channel.id }, panels })

/** Wide enough for two people whose columns have the width of a picture. */
export const demoWindow = { width: 1360, height: 840 }
/** The same beside the panels of the page with both chats. */
export const bothWindow = { width: 1280, height: 860 }

/** Plays a request from the form to its end, an alarm, and a denial, as two people do in a browser. */
export const playDemo = async ({ slack }: World, browser: Browser, page: Page, look: Look): Promise<void> => {
  await page.goto(`${slack.url}/?show=${slackUsers.developer.id},${slackUsers.databaseOwner.id}`)
  const [developer, owner] = [columnOf(page, slackUsers.developer.id), columnOf(page, slackUsers.databaseOwner.id)]

  await ask(developer, 'The orders queue is stuck; I must look at the locks.')
  await look('request', developer.locator('.modal'))
  await press(developer, 'Send request')
  await owner.getByRole('button', { name: 'Approve' }).waitFor()
  await look('decide', newestCard(owner, 'Approve'))
  await press(owner, 'Approve')
  const approval = owner.getByRole('dialog')
  await approval.waitFor()
  await look('confirm', approval)
  await press(approval, 'Approve')
  await developer.getByRole('button', { name: 'Get my one-time link' }).waitFor()
  await look('ready', newestCard(developer, 'Get my one-time link'))

  await press(developer, 'Get my one-time link')
  const link = developer.getByRole('link', { name: 'Open the link' })
  await link.waitFor()
  await look('link', developer.locator('.modal'))
  const url = (await link.getAttribute('href')) ?? ''
  await press(developer, 'Close')
  const fetching = await browser.newPage({ viewport: { width: 600, height: 480 }, timezoneId: 'UTC' })
  await fetching.goto(url)
  await look('page', fetching.locator('main'))
  await fetching.getByRole('button', { name: 'Fetch my access' }).click()
  await fetching.getByText('bao unwrap').first().waitFor()
  await look('access', fetching.locator('main'))
  await fetching.close()

  await type(developer, '/vault mine')
  await developer.locator('.message.ephemeral').waitFor()
  await look('mine', developer.locator('.message.ephemeral').last())
  await press(developer, 'Give back now')
  await developer.getByRole('dialog').waitFor()
  await developer
    .getByRole('dialog')
    .getByRole('button', { name: /^Give back/ })
    .click()
  await developer.getByText('Proved: a test login').first().waitFor()
  await look('ended', developer.locator('.message', { hasText: 'Proved: a test login' }).first())

  await ask(developer, 'One more look at the locks.')
  await press(developer, 'Send request')
  await press(newestCard(owner, 'Approve'), 'Approve')
  await press(owner.getByRole('dialog'), 'Approve')
  await press(developer, 'Get my one-time link')
  const stolen = (await link.getAttribute('href')) ?? ''
  await press(developer, 'Close')
  await newBrowser().redeem(stolen)
  await newBrowser().report(stolen)
  await owner.getByText('is withdrawn').or(owner.getByText('was withdrawn')).first().waitFor()
  await look('alarm', owner.locator('.message').last())
  await ask(developer, 'I would like to count the open bills.', `${command.name} request billing database`)
  await press(developer, 'Send request')
  await press(newestCard(owner, 'Deny'), 'Deny')
  await owner.getByRole('dialog').getByRole('textbox').fill('Please use the read replica for this.')
  await owner.getByRole('dialog').locator('footer .primary, footer .danger').click()
  const denied = developer.locator('.message', { hasText: 'Please use the read replica' }).last()
  await denied.waitFor()
  await look('denied', denied)
}

const columnOf = (page: Page, id: string): Locator => page.locator(`section.column[data-person="${id}"]`)
const newestCard = (column: Locator, button: string): Locator =>
  column.locator('.message', { has: column.page().getByRole('button', { name: button, exact: true }) }).last()

const press = (where: Locator, name: string): Promise<void> =>
  where.getByRole('button', { name, exact: true }).last().click()

const type = async (column: Locator, text: string): Promise<void> => {
  await column.getByLabel(/^Command of/).fill(text)
  await column.getByRole('button', { name: 'Send', exact: true }).click()
}

const ask = async (developer: Locator, reason: string, words = request): Promise<void> => {
  await type(developer, words)
  await developer.getByRole('dialog', { name: 'Request access' }).waitFor()
  await developer.getByLabel('How long').selectOption({ label: '15 minutes' })
  await developer.getByLabel('Why').fill(reason)
}

/** The words of a picture, without what differs from one play to the next. */
export const wordsOf = async (...texts: readonly Locator[]): Promise<readonly string[]> =>
  (await Promise.all(texts.map((text) => text.innerText())))
    .join('\n')
    .replace(/https?:\/\/127\.0\.0\.1:\d+/g, 'http://…')
    .replace(/\/fetch\/[\w-]+/g, '/fetch/…')
    .replace(/\b[0-9a-f]{8}(?:[0-9a-f-]{4,})?\b/g, '…')
    .replace(/\b(?:s|hvs|b)\.[\w-]{12,}/g, '…')
    .replace(/\b\d{1,2} [A-Z][a-z]{2,8} \d{4}\b/g, '(date)')
    .replace(/\b[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}, \d{4}\b|\b\d{4}-\d\d-\d\d\b/g, '(date)')
    .replace(/\b(?:today|yesterday|tomorrow) at\b/gi, 'at')
    .replace(/\b\d{1,2}:\d{2}(?::\d{2})?(?:\s?[AP]M)?/g, '(time)')
    .replace(/\b\d+(?:\.\d+)? (?:ms|s)\b/g, '(length)')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
