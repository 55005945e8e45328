import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GrantId } from '../../src/domain/ids.ts'
import { seconds } from '../../src/domain/time.ts'
import { modes } from '../support/lending-vault.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import { trials } from '../support/trials.ts'

/** Browsers press one link within `spread` milliseconds; every credential of it dies, and the next link works. */
const race = async (world: LinkWorld, grant: GrantId, browsers: number, spread: number): Promise<void> => {
  const mintedBefore = world.minted(grant).length
  const { sequence } = await world.store.auditHead()
  const nonce = await world.open(grant)
  const answers = await Promise.all(
    Array.from({ length: browsers }, async (_, browser) => {
      if (browser > 0) await delay(Math.random() * spread)
      return world.press(nonce, `browser-${browser}`)
    }),
  )
  expect(answers.filter(({ kind }) => kind === 'credential').length).toBeLessThanOrEqual(1)
  expect(answers.some(({ kind }) => kind === 'used')).toBe(true)
  await world.settled(grant)
  const link = await world.store.link({ hash: world.deps.hash(nonce) })
  expect(link?.misusedAt).toBeDefined()
  expect([undefined, 'drawn', 'withdrawn']).toContain(link?.credential?.state)
  const made = world.minted(grant).slice(mintedBefore)
  expect(await Promise.all(made.map((token) => world.read(grant, token)))).toEqual(made.map(() => 403))
  const rows = await world.store.auditRows(sequence, 1_000)
  const kinds = rows.filter((row) => row.grant === grant).map(({ kind }) => kind)
  const [issued, misused] = [kinds.indexOf('credential-issued'), kinds.indexOf('link-misused')]
  expect(kinds.filter((kind) => kind === 'link-misused')).toHaveLength(1)
  if (issued !== -1) expect(issued).toBeLessThan(misused)
  if (issued !== -1) expect(kinds.indexOf('credential-withdrawn')).toBeGreaterThan(misused)
  expect(answers.some(({ kind }) => kind === 'credential')).toBe(issued !== -1)
  expect(await told(world, link?.id)).toBe(2)
}

/** To how many people the alarm of a link was told: its person and an owner. */
const told = async ({ store, deps }: LinkWorld, link: string | undefined): Promise<number> => {
  const { things: cards } = await store.claimCards('slack', deps.clock.now(), seconds(0), 1_000_000)
  return cards.filter((card) => card.audience === 'notice' && 'link' in card.notice && card.notice.link === link).length
}

const worlds: LinkWorld[] = []
const start = async (given: Parameters<typeof linkWorld>[0]): Promise<LinkWorld> => {
  const world = await linkWorld(given)
  worlds.push(world)
  return world
}
afterAll(() => Promise.all(worlds.map((world) => world.stop())))

const expectUsable = async (world: LinkWorld, grant: GrantId) => {
  const answer = await world.press(await world.open(grant), 'the only browser')
  if (answer.kind !== 'credential') throw new Error(`a link that one browser pressed gave ${answer.kind}`)
  expect(await world.read(grant, answer.credential.wrappingToken.reveal())).toBe(200)
}

describe.each(modes)('two to ten browsers press one link of a bot that is %s', (mode) => {
  let world: LinkWorld
  beforeAll(async () => {
    world = await start({ mode })
  })

  test(`after its alarm no credential of it reads, ${trials} times, and the next link works`, async () => {
    const grant = await world.grantFor('ada')
    for (let trial = 0; trial < trials; trial += 1) {
      await race(world, grant, 2 + (trial % 9), trial % 3 === 0 ? 0 : 25)
      if (trial % 5 === 0) await expectUsable(world, grant)
    }
  })
})

describe('at a vault that refuses every other login of people for now', () => {
  let world: LinkWorld
  let isBusy = false
  let logins = 0
  beforeAll(async () => {
    const busy = { status: 429, headers: { 'Retry-After': '60' } }
    const request = ({ path }: { readonly path: string }) => {
      if (!isBusy || !path.startsWith('auth/latchkey-users/login/')) return undefined
      logins += 1
      return logins % 2 === 1 ? busy : undefined
    }
    world = await start({ rules: { request } })
  })

  test(`one browser that presses on gets one credential, ${trials} times; with others, none that reads`, async () => {
    const grant = await world.grantFor('ada')
    isBusy = true
    for (let trial = 0; trial < trials; trial += 1) {
      const before = world.minted(grant).length
      const nonce = await world.open(grant)
      const pressing = async () => {
        const answers: string[] = []
        for (let press = 0; press < 3; press += 1) answers.push((await world.press(nonce, 'hers')).kind)
        return answers
      }
      const others = trial % 2 === 0 ? [] : [world.press(nonce, 'theirs')]
      const answers = (await Promise.all([pressing(), pressing()])).flat()
      await Promise.all(others)
      const made = world.minted(grant).slice(before)
      const given = answers.filter((kind) => kind === 'credential').length
      expect(given, answers.join()).toBeLessThanOrEqual(1)
      if (others.length === 0) {
        expect([given, made.length], answers.join()).toEqual([1, 1])
        expect(await world.read(grant, made[0] ?? '')).toBe(200)
      } else {
        await world.settled(grant)
        expect(await Promise.all(made.map((token) => world.read(grant, token)))).toEqual(made.map(() => 403))
      }
    }
  })
})

describe.each(modes)(
  'at a vault that takes 60 ms for each call, of a bot that is %s, while the person fetches another secret',
  (mode) => {
    let world: LinkWorld
    beforeAll(async () => {
      world = await start({ mode, rules: { before: () => delay(60) } })
    })

    test(`after its alarm no credential of it reads, ${trials} times, and the next link works`, async () => {
      const lanes = Array.from({ length: 10 }, (_, lane) => `person-${lane}`)
      await Promise.all(
        lanes.map(async (person, lane) => {
          const [grant, other] = [await world.grantFor(person), await world.grantFor(person)]
          for (let trial = lane; trial < trials; trial += lanes.length) {
            const elsewhere = trial % 2 === 0 ? expectUsable(world, other) : undefined
            await race(world, grant, 2 + (trial % 9), 1_200)
            await elsewhere
          }
          await expectUsable(world, grant)
        }),
      )
    })
  },
)
