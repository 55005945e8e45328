import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'

let world: LinkWorld
beforeAll(async () => {
  world = await linkWorld({ identities: 2, settings: { linkInMessage: true } })
})
afterAll(() => world?.stop())

const links = (text: string): readonly string[] => text.match(/\/fetch\/[\w-]+/g) ?? []

test('of a person with two accounts the first one’s message holds a link, it works, and nothing is drawn without end', async () => {
  const grant = await world.grantFor('ada')
  const messages = (await world.messages()).filter(({ text }) => text.includes('Get my one-time link'))
  expect(messages.map(({ to, text }) => [to, links(text).length]).toSorted()).toEqual([
    ['U-ada', 1],
    ['U-ada1', 0],
  ])
  const calls = world.chatCalls()
  for (let looks = 0; looks < 10; looks += 1) await world.messages()
  expect(world.chatCalls()).toBe(calls)
  const [link = ''] = messages.flatMap(({ text }) => links(text))
  const answer = await world.press(link.slice('/fetch/'.length), 'a browser')
  expect(answer.kind).toBe('credential')
  expect(await world.store.linksInUse(grant)).toHaveLength(1)
})

test('a link from the button goes on working while the messages are drawn', async () => {
  const grant = await world.grantFor('linus')
  await world.messages()
  const nonce = await world.open(grant)
  await world.messages()
  expect((await world.press(nonce, 'a browser')).kind).toBe('credential')
})
