import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { newBrowser } from '../../src/demo/person.ts'
import { killedCalls, knownCalls, pointsWhile } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import type { RequestRecord } from '../support/records.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
/** One access, for which credentials are fetched over and over. */
let request: RequestRecord
let token: string

beforeAll(async () => {
  fragile = await fragileWorld({
    integration: { channel: channel.id },
    preparation: { optionalRights: ['revoke-tokens'] },
    // A discovery that was killed goes on where it was; only the next one lists again what this one had listed.
    settings: { reconcile: { discoverEvery: '1s', driftEvery: '1h', wake: '1s', claim: '1s', provedShare: 1 } },
  })
  const { story } = fragile
  const { developer, owner } = story.cast
  request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
  token = (await story.credential(developer, request)).token
})
afterAll(() => fragile?.stop())

const untilDisarmed = () =>
  eventually(async () => (await vaultTruth(fragile.world)).armed.length === 0, {
    about: () => 'nobody can log in as the person',
  })

/** Pressing the button again works as if nothing had happened, and what was handed out before is dead. */
const expectNewCredential = async () => {
  const { story, untilNothingIsOrphaned } = fragile
  const before = token
  token = (await story.credential(story.cast.developer, request)).token
  expect([await story.read(before), await story.read(token)]).toEqual([403, 200])
  await untilNothingIsOrphaned()
}
const linkStates = () =>
  fragile.story.records.rows('SELECT state FROM fetch_links ORDER BY number').map(({ state }) => state)
const pressForLink = async () => {
  const { story } = fragile
  const { hands } = story.cast.developer
  return hands.press(await story.cardOf(request, 'access', 'developer'), 'Get my one-time link')
}

describe('killed while a credential is fetched', () => {
  test.for(pointsWhile.linking)('$when $words: the button gives another link', async (point) => {
    const { killAt, story } = fragile
    await killAt(point.side, point, pressForLink)
    await story.cast.developer.hands.closeView().catch(() => undefined)
    expect(await story.read(token)).toBe(200)
    await expectNewCredential()
  })

  test.for(pointsWhile.redeeming)(
    '$when $words: the link is spent, nobody stays armed, and the next one works',
    async (point) => {
      const { killAt, story } = fragile
      const url = await story.link(story.cast.developer, request)
      await killAt(point.side, point, () => newBrowser().redeem(url))
      await untilDisarmed()
      expect(linkStates().slice(-1)).toEqual(['redeemed'])
      await expectNewCredential()
    },
  )

  test.for(pointsWhile.revealing)('$when $words: the next link works', async (point) => {
    const { killAt, story } = fragile
    const url = await story.link(story.cast.developer, request)
    const browser = newBrowser()
    const page = await browser.redeem(url)
    await killAt(point.side, point, () => browser.reveal(url, page.html))
    await expectNewCredential()
  })
})

describe('killed while a misused credential is withdrawn', () => {
  test.for(pointsWhile.withdrawing)('$when $words: it dies all the same, and the next one works', async (point) => {
    const { killAt, story } = fragile
    const { url, token: stolen } = await story.credential(story.cast.developer, request)
    await killAt(point.side, point, () => newBrowser().redeem(url))
    await eventually(async () => (await story.read(stolen)) === 403, { about: () => 'the credential is withdrawn' })
    expect(story.records.request(request.id).grant?.state).toBe('active')
    token = stolen
    await expectNewCredential()
  })
})

describe('killed while it starts', () => {
  test('before and after each of its first calls, one death after the other: the start that gets through disarms whom they left armed', async () => {
    const { killAt, world } = fragile
    const [policy] = (await vaultTruth(world)).policies
    const [user] = (await vaultTruth(world)).users
    await world.kill()
    for (const point of pointsWhile.starting) {
      await world.admin('POST', `auth/latchkey-users/users/${user}`, { token_policies: [policy] })
      await killAt(point.side, point, () => world.restart(), 'stay dead')
    }
    await world.restart()
    await untilDisarmed()
    expect(await fragile.story.read(token)).toBe(200)
  })
})

describe('all of it', () => {
  test('the access still ends, and takes everything with it', async () => {
    const { story, world } = fragile
    await story.press(story.cast.developer, request, 'Give back now')
    await story.untilState(request, 'ended')
    expect(await story.read(token)).toBe(403)
    await story.untilAllSay(request, ' ended ')
    expect(await vaultTruth(world)).toMatchObject({ policies: [], armed: [] })
  })

  test('there is no kind of call at which Latchkey was not killed', () => {
    const killedAt = Object.values(pointsWhile).flat()
    for (const kind of killedCalls) {
      const when = killedAt.filter(({ call }) => call === kind.call).map((point) => point.when)
      expect([kind.words, [...new Set(when)].sort()]).toEqual([kind.words, ['after', 'before']])
    }
    const made = new Set([...fragile.vault.calls, ...fragile.chat.calls])
    const unknown = [...made].filter((call) => !knownCalls.some((kind) => kind.call.test(call)))
    expect(unknown).toEqual([])
  })
})
