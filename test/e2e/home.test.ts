import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { newBrowser, readSecret, unwrap } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { orders } from '../support/story.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({})
})
afterAll(() => world?.stop())

const patience = 60_000
const personAt = (id: string) => {
  const person = world.slack.person(id)
  const home = () => person.home()?.text ?? ''
  const untilHome = (...words: string[]) =>
    eventually(() => words.every((each) => home().includes(each)), {
      limit: patience,
      about: () => `the home says ${words.join(', ')}, but: ${home()}`,
    })
  const untilDialog = (title: string) =>
    eventually(() => person.view()?.title === title, { limit: patience, about: () => `a dialog ${title}` })
  return { ...person, home, untilHome, untilDialog }
}

test('a story from request to end is played on the homes alone, which follow by themselves', async () => {
  const developer = personAt(slackUsers.developer.id)
  const owner = personAt(slackUsers.databaseOwner.id)
  await developer.openHome()
  await owner.openHome()
  await developer.untilHome('You have no access and no requests.', 'Request access', '/vault request kv/')
  await owner.untilHome('Your access')
  expect(owner.home()).not.toContain('Waits for you')

  await developer.clickInHome('Request access')
  await developer.untilDialog('Request access')
  expect((await developer.typeahead('What', 'ordres databse')).length).toBe(0) // two words are mistyped
  await developer.pick('What', orders, { query: 'orders databse' })
  await eventually(() => developer.view()?.fields.some(({ label }) => label === 'Permission'))
  await developer.fill('Why', 'The queue is stuck.')
  expect((await developer.submit()).closed).toBe(true)
  await developer.untilHome(orders, 'Cancel request')

  await owner.untilHome('Waits for you', 'The queue is stuck.')
  await owner.clickInHome('Approve')
  await eventually(() => owner.view()?.submit !== undefined)
  await owner.submit()
  await developer.untilHome('Get my one-time link')
  await eventually(() => !owner.home().includes('Waits for you'))

  await developer.clickInHome('Get my one-time link')
  const links = () => JSON.stringify(developer.view()?.blocks ?? []).match(/https?:\/\/[^"\\]+\/fetch\/[\w-]+/)
  const [url = ''] = (await eventually(links)) ?? []
  await developer.closeView()
  const { wrappingToken } = await newBrowser().redeem(url)
  if (!wrappingToken) throw new Error('the page gave no credential')
  const token = await unwrap(world.vault.address, wrappingToken)
  const read = async () => (await readSecret(world.vault.address, token, orders)).status
  expect(await read()).toBe(200)

  await developer.clickInHome('Give back now')
  await eventually(() => developer.view()?.submit !== undefined)
  await developer.submit()
  await developer.untilHome('Request again')
  await eventually(async () => (await read()) === 403)
})

test('each person is welcomed once, however they came first', async () => {
  const newcomer = personAt(slackUsers.platformLead.id)
  const welcomes = () => newcomer.inbox().filter((message) => newcomer.textOf(message).includes('Welcome to Latchkey'))
  await newcomer.command('status')
  await eventually(() => welcomes().length === 1)
  await newcomer.openHome()
  await newcomer.command('help')
  await newcomer.untilHome('Your access')
  expect(newcomer.textOf(welcomes()[0] ?? (undefined as never))).toContain('shortcut Request access')
  await newcomer.command('mine')
  await newcomer.waitForMessage('Nothing waits for you')
  expect(welcomes()).toHaveLength(1)
})

test('whom the people file does not name is told so in the home', async () => {
  const stranger = personAt(slackUsers.newcomer.id)
  await stranger.openHome()
  await stranger.untilHome('Latchkey does not know you yet')
})
