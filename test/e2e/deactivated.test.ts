import { afterAll, beforeAll, expect, test } from 'vitest'
import { slackUsers } from '../../src/demo/example.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { stageOf } from '../support/stage.ts'
import { billing, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story

const start = async (accountsEvery: string) => {
  await world?.stop()
  world = await startWorld({
    chat,
    settings: { reconcile: { discoverEvery: '1h', wake: '1s', claim: '2s', accountsEvery } },
  })
  story = storyIn(world)
}
const deactivate = () => stageOf(world).setDeactivated(slackUsers.developer.id, true)
beforeAll(() => start('1s'))
afterAll(() => world?.stop())

test('access and requests of a deactivated account end, and the vault refuses its token', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const open = await story.ask(developer, { path: billing })
  const { token } = await story.credential(developer, request)
  deactivate()
  await story.untilTold(owner, 'Access ends: its holder may not have it')
  const ended = await story.untilState(request, 'ended')
  expect(ended.grant).toMatchObject({ because: 'account-deactivated', proof: 'canary' })
  expect(await story.read(token)).toBe(403)
  await story.untilState(open, 'cancelled')
  await story.untilTold(owner, 'the account of the requester was deactivated')
})

test('a request of an account that was deactivated since is not approved, whenever it was asked for last', async () => {
  await start('1h')
  const { developer, owner } = story.cast
  const request = await story.ask(developer)
  await story.cardOf(request, 'owner', 'database-owner')
  deactivate()
  const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
  expect(said).toContain('This request was cancelled or closed')
  expect(story.records.request(request.id)).toMatchObject({ state: 'cancelled' })
  expect((await vaultTruth(world)).policies).toEqual([])
})
