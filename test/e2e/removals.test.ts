import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { runCli } from '../support/run-cli.ts'
import { billing, orders, ordersApi, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

const breakglass = 'kv/breakglass/cloud-root'
const paths = [orders, billing, ordersApi, breakglass]

let world: World
let story: Story
let original: string
let held: { request: RequestRecord; token: string; path: string }[] = []

beforeAll(async () => {
  world = await startWorld({
    chat,
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '2s' } },
  })
  story = storyIn(world)
  original = await readFile(world.files.people, 'utf8')
  const { developer, owner, lead } = story.cast
  for (const path of paths) {
    const request = await story.ask(developer, { path })
    await story.approve(path === orders || path === billing ? owner : lead, request)
    const { token } = await story.credential(developer, request)
    held = [...held, { request, token, path }]
  }
})
afterAll(() => world?.stop())

const removeDeveloper = async () => {
  const file = JSON.parse(original)
  delete file.people.developer
  file.groups.engineers = ['database-owner']
  await writeFile(world.files.people, JSON.stringify(file))
}
const reads = () => Promise.all(held.map(({ token, path }) => story.read(token, path)))
const lapses = () =>
  story.records
    .rows('SELECT lapse FROM grants')
    .map(({ lapse }) => JSON.parse(String(lapse))?.why as string | undefined)
const untilHeld = () =>
  eventually(() => lapses().every((why) => why === 'person-removed'), { about: () => `all are held back: ${lapses()}` })
const alerts = () => story.records.cards().filter(({ about }) => about === 'removals-held')
const latchkey = (...line: string[]) => runCli([...line, '--config', world.files.config])

test('many ends at once wait, are not forgotten by a kill, and are called off by correcting the file', async () => {
  const { lead } = story.cast
  await removeDeveloper()
  await untilHeld()
  const alert = await story.untilTold(lead, 'Many would lose their access')
  expect(alert.text).toContain('latchkey people confirm')
  await world.kill()
  await world.restart()
  expect(await reads()).toEqual([200, 200, 200, 200])
  expect(lapses()).toEqual(Array(4).fill('person-removed'))
  await writeFile(world.files.people, original)
  await story.untilTold(lead, 'Nobody loses their access')
  await eventually(() => lapses().every((why) => why === undefined))
  expect(alerts()).toHaveLength(1)
  expect(await reads()).toEqual([200, 200, 200, 200])
})

test('an operator who confirms them ends them at once, but for what its holder gave back before', async () => {
  const { developer } = story.cast
  const [first] = held
  if (!first) throw new Error('there is no access')
  const card = await story.cardOf(first.request, 'access', 'developer')
  await removeDeveloper()
  await untilHeld()
  const said = await story.hear(developer, () => developer.hands.press(card, 'Get my one-time link', { asSeen: true }))
  expect(said).toContain('Latchkey does not know you yet')
  await story.press(developer, first.request, 'Give back now')
  expect((await story.untilState(first.request, 'ended')).grant?.because).toBe('given-back')
  expect((await latchkey('status')).out).toContain('3 ends of access are HELD BACK')
  expect((await latchkey('grants')).out.replaceAll(/\s+/g, ' ')).toContain('(person-removed)')
  expect(await latchkey('people', 'confirm', '--yes')).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 ends'),
  })
  for (const { request } of held) await story.untilState(request, 'ended')
  expect(await reads()).toEqual([403, 403, 403, 403])
  expect((await vaultTruth(world)).policies).toEqual([])
  const ends = story.records.audit().filter(({ kind }) => kind === 'access-ending')
  expect(ends.map(({ actor, detail }) => [actor.kind, detail.because])).toEqual([
    ['person', 'given-back'],
    ...Array(3).fill(['operator', 'person-removed']),
  ])
  expect((await latchkey('people', 'confirm')).out).toContain('No end of access is held back.')
})
