import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { chatKinds } from '../../src/chat/index.ts'
import { readConfig } from '../../src/config/read.ts'
import { connectors } from '../../src/connectors/index.ts'
import { type Latchkey, startLatchkey } from '../../src/main.ts'
import { eventually } from '../support/eventually.ts'
import { untilTold } from '../support/hands.ts'
import { toyKindIn } from '../support/toy-chat.ts'
import { newToyWorld } from '../support/toy-world.ts'

const world = newToyWorld()
const folder = mkdtempSync(join(tmpdir(), 'several-chats-'))
const lines: { readonly fields: object; readonly message: string }[] = []
let latchkey: Latchkey

beforeAll(async () => {
  const file = join(folder, 'latchkey.yaml')
  writeFileSync(join(folder, 'people.yaml'), 'people: { ada: { name: Ada, slack: [T0TEAM/U0ADA], toy: [T0TEAM/ada] } }')
  writeFileSync(
    file,
    JSON.stringify({
      link: { baseUrl: 'https://latchkey.example.com' },
      listen: { port: 0 },
      slack: { tenants: ['T0TEAM'], mode: 'http', apiUrl: 'http://127.0.0.1:1/api/' },
      toy: {},
      integrations: [
        {
          ...{ name: 'production', requesters: ['person:ada'], owner: ['person:ada'] },
          channel: { toy: '19:copies@thread.tacv2' },
          vault: { internalUrl: 'http://127.0.0.1:1', credentials: { folder } },
        },
      ],
    }),
  )
  const environment = { SLACK_BOT_TOKEN: 'xoxb-1', SLACK_SIGNING_SECRET: 'signing', TOY_PASSWORD: 'toy' }
  const paramsOf = { vault: connectors.vault.params }
  const config = readConfig({ file, environment, chats: { ...chatKinds, toy: toyKindIn(world) }, paramsOf })
  const note = (fields: object, message: string) => void lines.push({ fields, message })
  latchkey = await startLatchkey(config, { info: note, warn: note, error: note })
})
afterAll(async () => {
  await latchkey?.stop()
  rmSync(folder, { recursive: true })
})

test('each configured chat is started, and one that is away keeps no other from working', async () => {
  await eventually(() =>
    lines.some(({ message, fields }) => message === 'a chat could not be connected' && 'chat' in fields),
  )
  const ada = world.hands('ada')
  await ada.command('help')
  expect((await untilTold(ada, 'request')).isPrivate).toBe(true)
})

test('readiness names the chat that is away, and no other', async () => {
  const answer = await (await fetch(`${latchkey.url}/readyz`)).text()
  expect(answer).toContain('slack')
  expect(answer).not.toContain('toy')
})

test('what arrives for Slack is checked by Slack’s own part', async () => {
  const answer = await fetch(`${latchkey.url}/slack/events`, { method: 'POST', body: 'unsigned' })
  expect(answer.status).toBeGreaterThanOrEqual(400)
  expect(answer.status).not.toBe(404)
})
