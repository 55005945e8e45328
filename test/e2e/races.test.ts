import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { startWorld, type World } from '../../src/demo/world.ts'
import { chat } from '../support/chat.ts'
import { crowd, type Lane, userOf } from '../support/crowd.ts'
import { eventually } from '../support/eventually.ts'
import { type Hands, type SeenMessage, untilOpened, untilSent } from '../support/hands.ts'
import type { RequestRecord } from '../support/records.ts'
import { type Actor, type Story, storyIn } from '../support/story.ts'
import { untilNothingIsOrphaned, vaultTruth } from '../support/vault-truth.ts'

let world: World
let story: Story
const sizes = [2, 2, 3, 3, 4, 5, 7, 10, 20]
/** What decides a race is the same code for every chat; a third is enough to see that another chat changes nothing. */
const trialsPerLane = chat === 'slack' ? 75 : 25
const { lanes, groups, more } = crowd({ lanes: 4, askers: 9, sizes })

beforeAll(async () => {
  world = await startWorld({
    chat,
    more,
    integration: {
      channel: channel.id,
      resourceOwner: { key: 'owner', allow: ['group:databases', ...groups.map((name) => `group:${name}`)] },
    },
  })
  story = storyIn(world)
})
afterAll(() => world?.stop())

const actorOf = (key: string): Actor => story.actor(userOf(key), key)

/** What one trial was made of, for what is expected of it afterwards. */
type Trial = {
  readonly request: RequestRecord
  readonly clicks: number
  /** Clicks of the same people that came after one that Slack got no answer to in time; it may have arrived. */
  readonly repeats: number
}

/** Everybody at once: owners approve, with some of them denying and the requester cancelling in some of the trials. */
const raceIn = async (lane: Lane, index: number): Promise<Trial> => {
  const secret = lane.secrets[index % sizes.length]
  const asker = actorOf(lane.askers[Math.floor(index / sizes.length)] ?? '')
  if (!secret) throw new Error('every race has a secret')
  const request = await story.ask(asker, { path: secret.path, reason: `race ${index}` })
  const owners = secret.owners.map(actorOf)
  const deniers = index % 4 >= 2 ? owners.slice(-Math.ceil(owners.length / 4)) : []
  const cancels = index % 2 === 1
  const screen = await story.cardOf(request, 'channel', world.channel.id)
  const racers = [
    ...owners.map((owner) => ({ hands: owner.hands, screen, button: deniers.includes(owner) ? 'Deny' : 'Approve' })),
    ...(cancels
      ? [{ hands: asker.hands, screen: await story.cardOf(request, 'requester', asker.key), button: 'Cancel request' }]
      : []),
  ]
  await Promise.all(
    racers.map(async ({ hands, screen, button }) => {
      await openDialog(hands, screen, button)
      if (button === 'Deny') await hands.fill('Reason', 'This is denied in a race.')
    }),
  )
  const answers = await Promise.all(racers.map(({ hands }) => untilSent(hands)))
  expect(answers.every(({ closed }) => closed)).toBe(true)
  await eventually(() => story.records.request(request.id).state !== 'pending', {
    about: () => `a race of ${owners.length} owners is decided`,
  })
  return { request, clicks: answers.length, repeats: answers.reduce((sum, { times }) => sum + times - 1, 0) }
}

const openDialog = (hands: Hands, screen: SeenMessage, button: string): Promise<unknown> =>
  untilOpened(
    hands,
    () => hands.press(screen, button),
    () => hands.view()?.submit === button,
    () => `a dialog “${button}”`,
  )

describe('races of 2 to 20 owners, some of whom deny, and of requesters who cancel', () => {
  const trials: Trial[] = []

  test('each ends with one outcome, and whoever lost is told and audited', async () => {
    await Promise.all(
      lanes.map(async (lane) => {
        for (let index = 0; index < trialsPerLane; index += 1) trials.push(await raceIn(lane, index))
      }),
    )
    expect(trials).toHaveLength(lanes.length * trialsPerLane)
    const verdicts = ['request-approved', 'request-denied', 'request-cancelled']
    const losers = trials.reduce((sum, { clicks }) => sum + clicks - 1, 0)
    const refused = () =>
      story.records
        .audit()
        .filter(({ kind, request }) => kind === 'refused' && trials.some((one) => one.request.id === request))
        .filter(({ detail }) => detail.code !== 'try-again')
    await eventually(() => refused().length >= losers, {
      limit: 60_000,
      about: () => `${losers} clicks that came too late are refused, not ${refused().length}`,
    })
    expect(refused().filter(({ detail }) => detail.code !== 'not-pending')).toEqual([])
    const repeats = trials.reduce((sum, trial) => sum + trial.repeats, 0)
    expect(refused().length - losers).toBeLessThanOrEqual(repeats)
    const audit = story.records.audit()
    const outcomes = trials.map(({ request }) => {
      const { state, decisions, grant } = story.records.request(request.id)
      const audited = audit.filter((row) => row.request === request.id && verdicts.includes(row.kind)).length
      return `${state}, ${decisions} decisions, ${grant ? 'a grant' : 'no grant'}, ${audited} audited`
    })
    const kinds = [...new Set(outcomes)].sort()
    expect(kinds).toEqual([
      'approved, 1 decisions, a grant, 1 audited',
      'cancelled, 0 decisions, no grant, 1 audited',
      'denied, 1 decisions, no grant, 1 audited',
    ])
  }, 900_000)

  test('at the vault each approved request has one policy, and no other has any', async () => {
    await untilNothingIsOrphaned(world, story.records)
    const approved = story.records.requests().filter(({ state }) => state === 'approved')
    const { policies, armed } = await vaultTruth(world)
    expect(policies).toHaveLength(approved.length)
    expect(armed).toEqual([])
  })
})

describe('one link, one form, one delivery', () => {
  test('of five browsers that redeem a link at once at most one gets a credential, and people are told once', async () => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer))
    let shown = 0
    for (let trial = 0; trial < 5; trial += 1) {
      const url = await story.link(developer, request)
      const pages = await Promise.all([1, 2, 3, 4, 5].map(() => newBrowser().redeem(url)))
      const given = pages.filter(({ wrappingToken }) => wrappingToken !== undefined)
      expect(given.length).toBeLessThanOrEqual(1)
      expect(pages.filter(({ status }) => status === 410)).toHaveLength(5 - given.length)
      shown += given.length
    }
    const kinds = story.records.auditOf(request.id).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'credential-issued')).toHaveLength(shown)
    expect(kinds.filter((kind) => kind === 'link-misused')).toHaveLength(5)
    expect(await wrappedLogins()).toBeLessThanOrEqual(5)
    await story.press(developer, request, 'Give back now')
    await story.untilState(request, 'ended')
  })
})

/** Logins of people whose answer was wrapped: the credentials that the vault really made in exchange for a link. */
const wrappedLogins = async (): Promise<number> => {
  const lines = (await readFile(world.vault.auditFile, 'utf8')).trim().split('\n')
  const answers = lines.map((line) => JSON.parse(line)).filter(({ type }) => type === 'response')
  return answers.filter(({ request, response }) => request.path.includes('/login/') && response?.wrap_info).length
}
