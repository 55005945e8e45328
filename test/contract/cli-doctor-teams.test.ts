import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeReference } from '../../src/chat/teams/connector/reference.ts'
import type { Identity } from '../../src/domain/card.ts'
import { userId } from '../../src/simulator/teams/ids.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { openStore } from '../../src/store/index.ts'
import { runCli } from '../support/run-cli.ts'

const app = '11111111-aaaa-4aaa-8aaa-111111111111'
const tenant = '22222222-bbbb-4bbb-8bbb-222222222222'
const dba = '33333333-cccc-4ccc-8ccc-000000000001'
const channel = '19:access@thread.tacv2'
const appSecret = 'the~secret'

let folder: string
let teams: TeamsSimulator

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doctor-teams-'))
  teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret },
    people: [{ oid: dba, name: 'Database administrator' }],
    chats: [{ id: channel, kind: 'channel', name: 'access', members: [dba] }],
  })
  const people = { people: { dba: { name: 'Database administrator', teams: [`${tenant}/${dba}`] } } }
  await writeFile(join(folder, 'people.yaml'), JSON.stringify(people))
})
afterAll(async () => {
  await teams.close()
  await rm(folder, { recursive: true })
})

type Row = { readonly what: string; readonly state: string; readonly found: string; readonly remedy?: string }
const doctor = async (changed: object = {}, environment = { TEAMS_APP_SECRET: appSecret }) => {
  const file = join(folder, 'latchkey.yaml')
  const integration = {
    ...{ name: 'production', requesters: ['person:dba'], owner: ['person:dba'], channel },
    vault: { internalUrl: 'http://127.0.0.1:1', credentials: { folder } },
  }
  const section = { app, tenant, simulatorUrl: teams.url, ...changed }
  const config = { link: { baseUrl: 'http://127.0.0.1:1' }, database: 'latchkey.sqlite', teams: section }
  await writeFile(file, JSON.stringify({ ...config, integrations: [integration] }))
  const { out, err } = await runCli(['doctor', '--json', '--all', '--config', file], { environment })
  const rows: readonly Row[] = JSON.parse(out)
  return { out: out + err, row: (what: string) => rows.find((one) => one.what === what) }
}

test('doctor checks a configuration with Teams alone, before the first start of its server', async () => {
  const { row, out } = await doctor()
  for (const what of ['Teams: app secret', 'Teams: connector', 'Teams: keys of deliveries', 'Teams: clock'])
    expect(row(what)).toMatchObject({ state: 'ok' })
  expect(row(`channel ${channel}`)).toMatchObject({ state: 'ok' })
  expect(row('owners at production')).toMatchObject({ state: 'ok' })
  expect(out).not.toContain(appSecret)
})

test('doctor says who gets no message, because they have never written to Latchkey', async () => {
  const store = await openStore(join(folder, 'latchkey.sqlite'), { newId: () => 'i0teams' })
  try {
    expect((await doctor()).row('owners at production')).toMatchObject({
      state: 'missing',
      found:
        'nobody in person:dba can receive messages: dba (the person does not have the app, or has not written to it yet)',
    })
    const identity: Identity = { platform: 'teams', tenant, subject: dba }
    const reference = encodeReference({ serviceUrl: teams.serviceUrl, user: userId(dba, app), tenant })
    await store.saveConversation(identity, reference)
    expect((await doctor()).row('owners at production')).toMatchObject({ state: 'ok' })
    teams.setPerson(dba, { role: 'guest' })
    expect((await doctor()).row('owners at production')?.found).toContain('guest')
  } finally {
    await store.close()
  }
})

test('doctor says what Entra refuses, and what to do', async () => {
  const wrong = await doctor({}, { TEAMS_APP_SECRET: 'wrong' })
  expect(wrong.row('Teams: app secret')).toMatchObject({
    state: 'missing',
    found: expect.stringContaining('TEAMS_APP_SECRET is wrong'),
  })
  const other = { tenant: app, tenants: [tenant] }
  expect((await doctor(other)).row('Teams: app secret')?.found).toContain(`there is no tenant ${app}`)
})
