import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { channel, slackUsers } from '../../src/demo/example.ts'
import { panels } from '../../src/demo/panels.ts'
import { startWorld } from '../../src/demo/world.ts'
import { openBrowser } from './browser.ts'

/**
 * Plays the demo in a real browser and takes the README's pictures of it: `npm run pictures`. What the pictures show is
 * therefore what the program does.
 */
const folder = join(import.meta.dirname, '../../.github/images')

const run = async (): Promise<void> => {
  await mkdir(folder, { recursive: true })
  const world = await startWorld({ durations: ['1m', '15m', '1h'], integration: { channel: channel.id }, panels })
  const browser = await openBrowser()
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, colorScheme: 'light' })
    await page.goto(world.slack.url)
    const developer = page.locator(`section.column[data-person="${slackUsers.developer.id}"]`)
    const owner = page.locator(`section.column[data-person="${slackUsers.databaseOwner.id}"]`)
    await page.locator(`button[data-person="${slackUsers.secondDatabaseOwner.id}"]`).click()

    await type(developer, '/vault request orders database')
    await developer.getByRole('dialog', { name: 'Request access' }).waitFor()
    await developer.getByRole('combobox', { name: 'What' }).fill('orders')
    await developer.getByRole('option', { name: 'kv/apps/orders/database' }).click()
    await developer.getByLabel('Permission').waitFor()
    await developer.getByLabel('Why').fill('The orders queue is stuck; I must look at the locks.')
    await picture(page, '1-request')
    await developer.getByLabel('How long').selectOption({ label: '15 minutes' })
    await developer.getByRole('button', { name: 'Send request' }).click()
    await owner.getByRole('button', { name: 'Approve' }).waitFor()
    await picture(page, '2-decide')
    await owner.getByRole('button', { name: 'Approve' }).click()
    const approval = owner.getByRole('dialog', { name: 'Approve this access?' })
    await approval.waitFor()
    await picture(page, '3-confirm')
    await approval.getByRole('button', { name: 'Approve', exact: true }).click()
    await developer.getByRole('button', { name: 'Get my one-time link' }).click()
    const link = developer.getByRole('link', { name: 'Open the link' })
    await link.waitFor()
    await picture(page, '4-link')
    const url = (await link.getAttribute('href')) ?? ''
    await developer.getByRole('button', { name: 'Close', exact: true }).last().click()

    const fetching = await browser.newPage({ viewport: { width: 900, height: 700 }, colorScheme: 'light' })
    await fetching.goto(url)
    await picture(fetching, '5-page')
    await fetching.getByRole('button').first().click()
    await fetching.getByText('bao unwrap').first().waitFor()
    await fetching.screenshot({ path: join(folder, '6-credential.png'), fullPage: true })

    await developer.getByRole('button', { name: 'Give back now' }).click()
    await developer.getByRole('dialog').getByRole('button', { name: 'Give back', exact: true }).click()
    await developer.getByText('Proved: a test login').first().waitFor()
    await picture(page, '7-ended')
  } finally {
    await browser.close()
    await world.stop()
  }
}

const type = async (column: Locator, text: string): Promise<void> => {
  await column.getByLabel(/^Command of/).fill(text)
  await column.getByRole('button', { name: 'Send' }).click()
}

const picture = async (page: Page, name: string): Promise<void> => {
  await page.screenshot({ path: join(folder, `${name}.png`) })
}

await run()
