import type { FrameLocator, Locator, Page } from 'playwright-core'
import { showBothChats } from '../../src/demo/both-chats.ts'
import { teamsAccountOf } from '../../src/demo/chats.ts'
import { channel, command, slackUsers } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { panels } from '../../src/demo/panels.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import type { Look } from './played-demo.ts'

/** The demo's world, in which everybody is in Slack and in Teams, and its page with both. */
export type BothWorld = { readonly world: World; readonly url: string; stop(): Promise<void> }

export const startBothWorld = async (): Promise<BothWorld> => {
  const port = await freePort()
  const world = await startWorld({
    ...{ chat: 'both', durations: ['15m', '1h'], integration: { channel: channel.id }, panels },
    framedBy: `http://127.0.0.1:${port}`,
  })
  const both = await showBothChats(world, port)
  if (both === undefined) throw new Error('this world has no Teams')
  return {
    world,
    url: both.url,
    stop: async () => {
      await both.close()
      await world.stop()
    },
  }
}

const press = (where: Locator, name: string): Promise<void> =>
  where.getByRole('button', { name, exact: true }).last().click()
/** The newest message with this button; also in a frame, whose page is not the locator's page. */
const newest = (column: Locator, button: string): Locator =>
  column.locator(`.message:has(.card button[aria-label="${button}"])`).last()

/** Plays a request from the form to the link, as two people do in Teams. */
export const playTeams = async ({ teams }: World, page: Page, look: Look): Promise<void> => {
  const [asker, decider] = [slackUsers.developer, slackUsers.databaseOwner].map(({ id }) => teamsAccountOf(id))
  await page.setViewportSize({ width: 1360, height: 920 }) // the form shows its buttons without scrolling
  await page.goto(`${teams?.url}/?show=${asker},${decider}`)
  const [developer, owner] = [asker, decider].map((id) => page.locator(`section.column[data-person="${id}"]`)) as [
    Locator,
    Locator,
  ]
  const dialog = developer.locator('[data-area=modal] .modal')

  await developer.getByLabel(/^Message of/).fill(command.hint)
  await press(developer, 'Send')
  await press(developer, 'Open the form')
  await dialog.getByLabel('How long').selectOption({ label: '15 minutes' })
  await dialog.getByLabel('Why', { exact: true }).fill('The orders queue is stuck; I must look at the locks.')
  await look('teams-request', dialog)
  await press(dialog, 'Send request')
  await newest(owner, 'Approve').waitFor()
  await look('teams-decide', newest(owner, 'Approve'))
  await press(owner, 'Approve')
  await owner.getByRole('button', { name: 'Not now' }).waitFor()
  await look('teams-confirm', newest(owner, 'Not now'))
  await press(newest(owner, 'Not now'), 'Approve')
  await newest(developer, 'Get my one-time link').waitFor()
  await look('teams-ready', newest(developer, 'Get my one-time link'))
  await press(developer, 'Get my one-time link')
  await dialog.getByRole('link', { name: 'Open the link' }).waitFor()
  await look('teams-link', dialog)
  await dialog.locator('.cross').click()
  await dialog.waitFor({ state: 'detached' })
  await developer.getByLabel('Actions and apps').click()
  await press(developer, 'My access')
  await developer.locator('.result').waitFor()
  await look('teams-extension', developer.locator('.finder .modal'))
  await developer.locator('.finder .cross').click()
}

const columnIn = (frame: FrameLocator): Locator => frame.locator('section.column:not([hidden])')

/** Plays a request in Slack that is approved in Teams, on the page with both. */
export const playBoth = async (url: string, page: Page, look: Look): Promise<void> => {
  await page.goto(url)
  const developer = columnIn(page.frameLocator('iframe[title^="Slack of"]'))
  const owner = columnIn(page.frameLocator('iframe[title^="Teams of"]'))
  await developer.getByLabel(/^Command of/).fill(`${command.name} request billing database`)
  await press(developer, 'Send')
  await developer.getByLabel('How long').selectOption({ label: '15 minutes' })
  await developer.getByLabel('Why').fill('I would like to count the open bills.')
  await press(developer, 'Send request')
  await newest(owner, 'Approve').waitFor()
  await press(owner, 'Approve')
  await newest(owner, 'Not now').waitFor()
  await look('both', page.locator('main'), [developer.locator('.message').last(), newest(owner, 'Not now')])
  await press(newest(owner, 'Not now'), 'Approve')
  await developer.getByRole('button', { name: 'Get my one-time link' }).waitFor()
}
