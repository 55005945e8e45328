import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { eventually } from '../support/eventually.ts'
import type { RequestRecord } from '../support/records.ts'
import { billing, orders, type Story, storyIn } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

type PeopleFile = { people: Record<string, unknown>; groups: Record<string, string[]> }

let world: World
let story: Story
let original: string

beforeAll(async () => {
  world = await startWorld({
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '2s' } },
  })
  story = storyIn(world)
  original = await readFile(world.files.people, 'utf8')
})
afterEach(() => rewrite(original))
afterAll(() => world?.stop())

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex')
const loaded = () =>
  story.records
    .audit()
    .filter(({ kind }) => kind === 'directory-loaded')
    .at(-1)?.detail.hash
/** Writes the people file and waits until Latchkey has taken it over. */
const rewrite = async (text: string) => {
  await writeFile(world.files.people, text)
  await eventually(() => loaded() === hashOf(text), { about: () => 'the people file is read again' })
}
const change = async (edit: (file: PeopleFile) => void) => {
  const file: PeopleFile = JSON.parse(original)
  edit(file)
  await rewrite(JSON.stringify(file))
}

const without = (key: string) => (file: PeopleFile) => {
  delete file.people[key]
  for (const group of Object.keys(file.groups))
    file.groups[group] = (file.groups[group] ?? []).filter((one) => one !== key)
}
const resigned = ({ groups }: PeopleFile) => {
  groups.engineers = ['database-owner']
}

describe('the people file changes while Latchkey runs', () => {
  test('the hash of the file that counts is in the audit, from the start on', async () => {
    expect(loaded()).toBe(hashOf(original))
    await change(({ groups }) => {
      groups.auditors = []
    })
    expect(loaded()).not.toBe(hashOf(original))
  })

  test('an owner who was removed from the group cannot approve a request made before, and another still can', async () => {
    const { developer, owner, secondOwner } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    await change(({ groups }) => {
      groups.databases = ['second-database-owner']
    })
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('Only the owners of this resource')
    expect(story.records.request(request.id)).toMatchObject({ state: 'pending', decisions: 0 })
    const active = await story.approve(secondOwner, request)
    await story.press(developer, active, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('an owner who was removed altogether is a stranger, and so cannot even revoke', async () => {
    const { developer, owner, lead } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    await change(({ people, groups }) => {
      delete people['database-owner']
      groups.databases = ['second-database-owner']
      groups.engineers = ['developer']
    })
    const said = await story.hear(owner, () => story.press(owner, request, 'Revoke'))
    expect(said).toContain('Latchkey does not know you yet')
    expect(story.records.request(request.id).grant?.state).toBe('active')
    expect(lead.key).toBe('platform-lead')
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })

  test('the open request of somebody who left is closed, and every card says why', async () => {
    const { developer } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    await change(without('developer'))
    await story.untilState(request, 'cancelled')
    await story.untilAllSay(request, 'the requester is no longer in the people file')
  })

  test('somebody who is no requester any more is not approved: the owner is told why, and the card says so', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    await change(resigned)
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    expect(said).toContain('The requester may no longer request from')
    const card = await story.cardOf(request, 'owner', 'database-owner')
    expect(card.text).toContain('The requester may no longer request from')
    expect((await vaultTruth(world)).policies).toEqual([])
    await story.deny(owner, request, 'They changed teams.')
  })

  test('access of somebody who left ends at once: the vault refuses its token, and the owners are told', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    const { token } = await story.credential(developer, request)
    expect(await story.read(token)).toBe(200)
    const before = story.inbox(owner)
    await change(without('developer'))
    await story.untilTold(owner, 'Access ends: its holder may not have it', before)
    await story.untilRefused(token)
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant).toMatchObject({ because: 'person-removed', proof: 'canary' })
    await story.untilAllSay(request, 'Its holder was no longer in the people file')
    expect(await vaultTruth(world)).toMatchObject({ policies: [], armed: [] })
  })

  test('access of somebody who is no requester any more gives no link; owners are asked, and its holder can give it back', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    const { token } = await story.credential(developer, request)
    const before = story.inbox(owner)
    const card = await story.cardOf(request, 'access', 'developer')
    await change(resigned)
    const asked = await story.untilTold(owner, 'Should this access continue?', before)
    expect(asked.text).toContain('[Revoke]')
    const said = await story.hear(developer, () =>
      developer.hands.press(card, 'Get my one-time link', { asSeen: true }),
    )
    expect(said).toContain('You are not among those who may request from')
    expect(await story.read(token)).toBe(200)
    await story.press(developer, request, 'Give back now')
    expect((await story.untilState(request, 'ended')).grant?.because).toBe('given-back')
    expect(await story.read(token)).toBe(403)
  })

  test.for([
    ['that is no YAML', '{ people: [', 'people.yaml:1: '],
    [
      'that names somebody unknown in a group',
      JSON.stringify({ people: {}, groups: { databases: ['nobody'] } }),
      '"nobody" is not under people',
    ],
  ] as const)(
    'a file %s changes nothing, and the integration’s owners hear what is wrong with it',
    async ([, text, problem]) => {
      const { developer, owner, lead } = story.cast
      const request = await story.ask(developer)
      await story.cardOf(request, 'owner', 'database-owner')
      const before = story.inbox(lead)
      await writeFile(world.files.people, text)
      const notice = await story.untilTold(lead, 'The people file was rejected', before)
      expect(notice.text).toContain(problem)
      const rejected = story.records.audit().filter(({ kind }) => kind === 'directory-rejected')
      expect(String(rejected.at(-1)?.detail.problem)).toContain(problem)
      expect(loaded()).toBe(hashOf(original))
      const active = await story.approve(owner, request)
      await story.press(developer, active, 'Give back now')
      await story.untilState(request, 'ended')
    },
  )
})

describe('somebody changes a row of the database', () => {
  /** Lets the row of a table ask for the neighbour's secret, as somebody with the file could. */
  const tamper = async (table: 'requests' | 'grants', id: string) => {
    expect(await isConfigurationNoted()).toBe(true)
    await world.latchkey().stop()
    const database = new DatabaseSync(world.files.database)
    const { plan } = database.prepare(`SELECT plan FROM ${table} WHERE id = ?`).get(id) as { plan: string }
    const path = (secret: string) => secret.replace('kv/', 'kv/data/')
    const forged = plan.replaceAll(path(orders), path(billing))
    expect(forged).not.toBe(plan)
    database.prepare(`UPDATE ${table} SET plan = ? WHERE id = ?`).run(forged, id)
    database.close()
    await world.restart()
  }
  /** The configuration is in the audit log, and once, however often Latchkey started with it. */
  const isConfigurationNoted = async () => {
    const hashes = story.records
      .audit()
      .flatMap(({ kind, detail }) => (kind === 'configuration-changed' ? [detail.hash] : []))
    return hashes.length === 1 && hashes[0] === hashOf(await readFile(world.files.config, 'utf8'))
  }
  const failures = ({ id }: RequestRecord) =>
    story.records.auditOf(id).flatMap(({ detail }) => (detail.code === undefined ? [] : [detail.code]))

  test('a request whose plan is not what it was when it was made gives nothing, and its requester is told', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer)
    await story.cardOf(request, 'owner', 'database-owner')
    await tamper('requests', request.id)
    const before = story.inbox(developer)
    await story.press(owner, request, 'Approve')
    const ended = await story.untilState(request, 'ended')
    expect(ended.grant?.because).toBe('provision-failed')
    expect(failures(request)).toEqual(['plan-changed'])
    await story.untilTold(developer, 'could not be set up', before)
    await story.untilAllSay(request, 'could not be set up')
    expect((await vaultTruth(world)).policies).toEqual([])
  })

  test('a grant whose plan was changed ends, and gives no credential', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    const { token } = await story.credential(developer, request)
    const url = await story.link(developer, request)
    await tamper('grants', request.grant?.id ?? '')
    const page = await newBrowser().redeem(url)
    expect(page.wrappingToken).toBeUndefined()
    await story.untilState(request, 'ended')
    expect([await story.read(token), await story.read(token, billing)]).toEqual([403, 403])
    expect(await vaultTruth(world)).toMatchObject({ policies: [], armed: [] })
  })
})
