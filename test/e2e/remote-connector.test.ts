import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { eventually } from '../support/eventually.ts'
import { runCli } from '../support/run-cli.ts'
import { orders, type Story, storyIn } from '../support/story.ts'

const main = join(import.meta.dirname, '../../src/cli/main.ts')

let world: World
let story: Story
let connector: ChildProcess | undefined

/** The server loses the credentials, and a connector in a process of its own gets them. */
beforeAll(async () => {
  world = await startWorld({ chat, durations: ['15s', '1h'] })
  story = storyIn(world)
  const { config } = world.files
  const content = JSON.parse(await readFile(config, 'utf8'))
  const [integration] = content.integrations
  const file = join(world.folder, 'connector.yaml')
  const limits = { mounts: ['kv', 'transit'], paths: ['kv/*', 'transit/*'], permissions: ['read'], longest: '2h' }
  await writeFile(file, JSON.stringify({ server: content.link.baseUrl, vault: integration.vault, limits }))
  await world.latchkey().stop()
  const vault = { ...integration.vault, credentials: 'remote' }
  await writeFile(config, JSON.stringify({ ...content, integrations: [{ ...integration, vault }] }))
  const ready = world.restart()
  const operator = (...line: readonly string[]) => runCli([...line, '--config', config])
  const invited = await eventually(async () => {
    const run = await operator('connectors', 'invite', 'example')
    return run.code === 0 && run
  })
  const joined = await runCli(['connector', 'join', '--config', file], { input: invited.out })
  expect(joined.out).toContain('Joined for example.')
  connector = spawn(process.execPath, [main, 'connector', 'run', '--config', file], { stdio: 'ignore' })
  await ready
  expect((await operator('connectors', 'list')).out).toContain('connected')
})
afterAll(async () => {
  connector?.kill('SIGTERM')
  await (connector && once(connector, 'exit'))
  await world?.stop()
})

test('access through a remote connector is asked for, approved, used and ended as any other, also without the server', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer, { length: '15 seconds' }))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, orders)).toBe(200)
  await world.kill()
  expect(await story.read(token, orders)).toBe(200)
  const left = async () => JSON.stringify(await world.admin('GET', 'sys/policies/acl?list=true'))
  await eventually(async () => !(await left()).includes('-g-'), { limit: 60_000 })
  expect(await story.read(token, orders)).toBe(403)
  await world.restart()
  await eventually(() => story.records.request(request.id).grant?.state === 'ended', { limit: 60_000 })
  expect(story.records.request(request.id).grant?.proof).toBe('canary')
})
