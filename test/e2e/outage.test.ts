import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newBrowser } from '../../src/demo/person.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Actor, billing, orders, ordersApi, type Story } from '../support/story.ts'

let fragile: FragileWorld
let story: Story
const elsewhere = 'other/reports'
/** More than are worked on at a time. */
const many = Array.from({ length: 20 }, (_, index) => `many/secret-${index}`)
const manySecrets = many.map((name) => [name, { data: { key: `example-of-${name}` }, owner: 'databases' }] as const)

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['12s', '1h'],
    preparation: { kvMounts: ['kv', 'other'] },
    more: { secrets: Object.fromEntries(manySecrets) },
    settings: { reconcile: { discoverEvery: '1s', driftEvery: '1s', wake: '1s', claim: '4s' } },
    // The first is reached through what breaks; the second is the same server, reached directly.
    integrations: (example) => [
      { ...example, vault: { ...example.vault, kvMounts: ['kv'], timeoutSeconds: 1 } },
      {
        ...{ ...example, name: 'healthy', requesters: ['group:engineers'] },
        vault: { ...example.vault, internalUrl: example.vault.externalUrl, kvMounts: ['other'], transitMounts: [] },
      },
    ],
  })
  story = fragile.story
  await fragile.world.admin('POST', 'other/data/reports', { data: { key: 'example-reports-key' } })
  const isSeen = () => story.records.rows('SELECT id FROM resources WHERE path = ?', elsewhere).length > 0
  await eventually(isSeen, { about: () => 'the second vault is discovered' })
})
afterEach(() => fragile.vault.heal())
afterAll(() => fragile?.stop())

const access = () => accessTo(orders, story.cast.owner, '1 hour')
const stateOf = ({ id }: RequestRecord) => story.records.request(id).grant?.state
const untilSilent = async () => {
  const lines = (await log()).length
  await eventually(async () => (await log()).slice(lines).includes('the vault does not answer'), { limit: 60_000 })
}
const log = () => readFile(fragile.world.files.log, 'utf8')
/** Headings and first lines of what was posted or edited since. */
const titlesSince = (from: number): readonly string[] => {
  const shown = fragile.world.slack
    .calls()
    .slice(from)
    .filter(({ method }) => method.startsWith('chat.'))
  return shown.map(({ args }) => /"blocks":(.{0,400})/.exec(JSON.stringify(args).replaceAll('\\"', '"'))?.[1] ?? '')
}
const isFalse = (title: string) => / ended |answers again/.test(title)

/** How often a step of a grant was tried; discovery goes on beside it. */
const stepsTried = () => fragile.vault.calls.filter((call) => /sys\/policies|latchkey-users/.test(call)).length
const statusOf = (by: Actor): Promise<string> => story.hear(by, () => by.hands.command('status'))

describe('the vault goes away', () => {
  test('no end is called done before it is, owners of an early one are alerted at once, and all happen when the vault is back', async () => {
    const { developer, owner, secondOwner, lead } = story.cast
    const { request, token } = await access()
    const { request: another } = await accessTo(ordersApi, lead, '1 hour')
    const { request: short, token: shortToken } = await accessTo(billing, owner, '12 seconds')
    const people = [owner, secondOwner, lead]
    const seen = new Map([...people, developer].map((each) => [each, story.inbox(each)]))
    const from = fragile.world.slack.calls().length
    fragile.vault.breakDown('refuse')
    await story.press(owner, request, 'Revoke')
    await story.untilAllSay(request, 'not yet revoked', 'may work until', 'The vault does not answer')
    for (const each of people) {
      const notice = await story.untilTold(each, 'Access is not yet revoked', seen.get(each))
      expect(notice.text).toMatch(/bao policy delete latchkey-\w+-g-|bao delete sys\/policies/)
    }
    expect(await story.read(token)).toBe(200) // the truth that the cards tell
    await untilSilent()
    expect(titlesSince(from).filter(isFalse)).toEqual([])
    const status = await statusOf(developer)
    expect(status).toMatch(/example: The vault does not answer/)
    expect(status).toMatch(/healthy: answers/)

    // Now that nobody is tried for any more, a further wish is still answered at once.
    const tries = stepsTried()
    const told = story.inbox(lead)
    await story.press(lead, another, 'Revoke')
    await story.untilTold(lead, 'Access is not yet revoked', told)
    await story.untilAllSay(another, 'not yet revoked', 'The vault does not answer')
    expect(stepsTried()).toBeLessThanOrEqual(tries + 1) // one may look whether it is back

    // Time runs out for the third: the vault ends it by itself, though nobody here can see that.
    await story.untilRefused(shortToken, billing)
    await story.untilAllSay(short, 'As its time is up', 'not yet revoked')
    expect(titlesSince(from).filter(isFalse)).toEqual([])

    fragile.vault.heal()
    for (const each of [another, request, short]) await story.untilState(each, 'ended')
    expect(await story.read(token)).toBe(403)
    await story.untilAllSay(request, ' ended ', 'Revoked by Database owner')
    for (const each of [lead, developer]) await story.untilTold(each, 'The vault answers again', seen.get(each))
    expect(titlesSince(from).filter((title) => title.includes('The vault answers again'))).toHaveLength(2)
    await fragile.untilNothingIsOrphaned()
  })

  test('when many are revoked in the moment the vault dies, their owners hear of each, once', async () => {
    const { developer, owner } = story.cast
    const requests: RequestRecord[] = []
    for (const name of many) {
      const asked = await story.ask(developer, { path: `kv/${name}`, length: '1 hour' })
      requests.push(await story.approve(owner, asked))
    }
    fragile.vault.breakDown('refuse')
    await Promise.all(requests.map((request) => story.press(owner, request, 'Revoke')))
    await untilSilent()
    const alerts = ({ id }: RequestRecord) =>
      story.records.cardsOf(id).filter(({ about, to }) => about === 'not-revoked' && to === owner.key).length
    await eventually(() => requests.every((request) => alerts(request) > 0), {
      about: () => `each has an alert, but: ${requests.map(alerts)}`,
    })
    fragile.vault.heal()
    for (const request of requests) await story.untilState(request, 'ended')
    expect(requests.map(alerts)).toEqual(requests.map(() => 1))
    await fragile.untilNothingIsOrphaned()
  })

  test('access that is being set up waits with a reason, and comes when the vault is back', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { length: '1 hour' })
    const broken = fragile.vault.once({ when: 'before', call: /^POST sys\/policies/ }, () => {
      fragile.vault.breakDown('refuse')
      return 'cut'
    })
    await story.press(owner, request, 'Approve')
    await broken
    await story.untilAllSay(request, 'being set up', 'The vault does not answer')
    const before = story.inbox(developer)
    fragile.vault.heal()
    await story.untilTold(developer, 'Get my one-time link', before)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    await fragile.untilNothingIsOrphaned()
  })
})

/** A further access of the developer, with a credential that works. */
const accessTo = async (path: string, decider: Actor, length: string) => {
  const { developer } = story.cast
  const request = await story.approve(decider, await story.ask(developer, { path, length }))
  const { token } = await story.credential(developer, request)
  expect(await story.read(token, path)).toBe(200)
  return { request, token }
}

describe('the vault hangs', () => {
  const fastest = async (act: () => Promise<unknown>): Promise<number> => {
    const times: number[] = []
    for (let run = 0; run < 5; run += 1) {
      const started = performance.now()
      await act()
      times.push(performance.now() - started)
    }
    return Math.min(...times)
  }

  test('commands and forms are as fast as before, another vault’s access comes and ends, and no link is spent for nothing', async () => {
    const { developer, owner, lead } = story.cast
    const command = () => developer.hands.command('mine')
    const form = async () => {
      await story.openForm(developer)
      await developer.hands.closeView()
    }
    const before = { command: await fastest(command), form: await fastest(form) }
    const { request, token } = await access()
    const url = await story.link(developer, request)
    fragile.vault.breakDown('hang')
    const failed = await newBrowser().redeem(url)
    expect([failed.status, failed.wrappingToken]).toEqual([503, undefined])
    expect(failed.html).toContain('again')
    await story.press(owner, request, 'Revoke')

    expect(await fastest(command)).toBeLessThan(before.command * 10)
    expect(await fastest(form)).toBeLessThan(before.form * 10)
    const other = await story.approve(lead, await story.ask(developer, { path: elsewhere, length: '1 hour' }))
    const { token: healthy } = await story.credential(developer, other)
    expect(await story.read(healthy, elsewhere)).toBe(200)
    await story.press(developer, other, 'Give back now')
    await story.untilState(other, 'ended')
    expect(await story.read(healthy, elsewhere)).toBe(403)
    expect(stateOf(request)).toBe('revoking')

    fragile.vault.heal()
    await story.untilState(request, 'ended')
    expect(await story.read(token)).toBe(403)
    await fragile.untilNothingIsOrphaned()
  })
})
