import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type OpenBaoServer, startOpenBao } from '../../src/demo/openbao.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import { orders, type Story, storyIn } from '../support/story.ts'

// From the vault's own audit log to the owner's message, the receiver, and the card of the ended access.

const key = randomBytes(24).toString('hex')
const folder = mkdtempSync(join(tmpdir(), 'latchkey-rotation-'))
const calls: { readonly path: string; readonly isSigned: boolean }[] = []
const receiver = createServer(async (request, response) => {
  let body = ''
  for await (const chunk of request) body += chunk
  const signed = `v1:${request.headers['x-latchkey-timestamp']}:${body}`
  const signature = `v1=${createHmac('sha256', key).update(signed).digest('hex')}`
  calls.push({ path: JSON.parse(body).rotation.path, isSigned: request.headers['x-latchkey-signature'] === signature })
  response.end()
})
let vault: OpenBaoServer
let world: World
let story: Story

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1')
  await once(receiver, 'listening')
  writeFileSync(join(folder, 'key'), key)
  vault = await startOpenBao()
  const webhook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  const rotation = [{ path: 'kv/apps/*', webhook, secretFile: join(folder, 'key') }]
  world = await startWorld({
    ...{ vault, durations: ['1h'] },
    integrations: (example) => [
      { ...example, vault: { ...example.vault, audit: { file: vault.auditFile }, rotation } },
    ],
  })
  story = storyIn(world)
})
afterAll(async () => {
  await world?.stop()
  await vault?.stop()
  receiver.closeAllConnections()
  receiver.close()
  rmSync(folder, { recursive: true })
})

test('what was read is told to its owner after the end, and the card follows the value', async () => {
  const { developer, owner } = story.cast
  const request = await story.approve(owner, await story.ask(developer))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token)).toBe(200)
  expect(await story.read(token)).toBe(200)
  await story.press(developer, request, 'Give back now')
  await story.untilState(request, 'ended')

  const notice = () =>
    story.records
      .cardsOf(request.id)
      .filter(({ audience, to }) => audience === 'notice' && to === owner.key)
      .map(story.textOf)
      .find((text) => text.includes('Secrets were read'))
  const said = await eventually(notice, { limit: 60_000, about: () => 'the owner is told' })
  expect(said).toContain(`${orders}: read 2 times, last`)
  await eventually(() => calls.length > 0, { limit: 60_000 })
  expect(calls).toEqual([{ path: orders, isSigned: true }])
  await story.untilAllSay(request, 'value unchanged since it was read')

  await world.admin('POST', `kv/data/${orders.slice(3)}`, { data: { password: randomBytes(9).toString('hex') } })
  await eventually(
    () =>
      story.records
        .cardsOf(request.id)
        .filter(({ audience }) => audience === 'requester' || audience === 'owner')
        .map(story.textOf)
        .some((text) => text.includes(`${orders}: value changed`)),
    { limit: 60_000, about: () => 'the card says that the value has changed' },
  )
  expect(calls).toHaveLength(1)
})
