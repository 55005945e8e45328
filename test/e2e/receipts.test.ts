import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { billing, orders, type Story, storyIn } from '../support/story.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-audit-'))
const file = join(folder, 'audit.log')
let world: World
let story: Story

beforeAll(async () => {
  world = await startWorld({
    integrations: (example) => [{ ...example, vault: { ...Object(Object(example).vault), audit: { file } } }],
  })
  symlinkSync(world.vault.auditFile, file)
  story = storyIn(world)
})
afterAll(async () => {
  await world?.stop()
  rmSync(folder, { recursive: true, force: true })
})

test('cards tell what was done with an access, while it lives, after a kill, and after its end', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { path: orders }))
  await story.untilAllSay(request, 'Never used.')
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, orders)).toBe(200)
  await story.untilAllSay(request, 'Used once, last ', 'from ', '127.0.0.1')
  await world.kill()
  expect(await story.read(token, orders)).toBe(200)
  expect(await story.read(token, billing)).toBe(403)
  await world.restart()
  await story.untilAllSay(request, 'Used twice', '1 refused attempt.')
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')
  expect(await story.read(token, orders)).toBe(403)
  await story.untilAllSay(request, 'Used twice', '2 refused attempts.')
})
