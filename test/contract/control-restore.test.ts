import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { optionalRightNames } from '../../src/connectors/vault/management-policy.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { runCli } from '../support/run-cli.ts'
import { billing, orders, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned } from '../support/vault-truth.ts'

let world: World
let story: Story
beforeAll(async () => {
  const optionalRights = optionalRightNames.filter((right) => right !== 'rotate-credentials')
  world = await startWorld({ durations: ['1h'], preparation: { optionalRights } })
  story = storyIn(world)
})
afterAll(() => world?.stop())

const latchkey = (...line: readonly string[]) => runCli([...line, '--config', world.files.config])
const access = async (path: string) => {
  const request = await story.ask(story.cast.developer, { path })
  await story.approve(story.cast.owner, request)
  const { token } = await story.credential(story.cast.developer, request)
  return { request, token, grant: story.records.request(request.id).grant?.id ?? '' }
}

test('a restored backup brings no access back, and leaves none behind that it does not know', async () => {
  const copy = join(world.folder, 'copy.sqlite')
  const ended = await access(orders)
  expect((await latchkey('backup', copy)).code).toBe(0)
  expect((await latchkey('revoke', ended.grant)).code).toBe(0)
  const later = await access(billing)
  expect([await story.read(ended.token), await story.read(later.token, billing)]).toEqual([403, 200])

  const plan = await latchkey('restore', '--dry-run', copy)
  expect(plan.out).toContain('Live in the copy, ended since (1)')
  expect(plan.out).toMatch(/Live now, unknown to the copy \(1\)[\s\S]*kv\/apps\/billing\/database[\s\S]*-g-/)
  await world.latchkey().stop()
  expect((await latchkey('restore', copy)).code).toBe(0)
  await world.restart()

  await story.untilState(ended.request, 'ended')
  await story.untilRefused(later.token, billing)
  expect(await story.read(ended.token)).toBe(403)
  await untilNothingIsOrphaned(world, story.records)
  expect((await latchkey('audit', 'verify')).code).toBe(0)
  const kinds = await latchkey('audit', 'list', '--kind', 'database-restored', 'leftover-removed', '--json')
  expect(JSON.parse(kinds.out)).toMatchObject([
    { kind: 'database-restored', actor: { kind: 'operator' } },
    { kind: 'leftover-removed', detail: { what: 'policy' } },
  ])
})
