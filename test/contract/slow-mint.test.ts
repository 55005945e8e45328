import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDrift } from '../../src/app/find-drift.ts'
import { recordStep } from '../../src/app/record-step.ts'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import { seconds } from '../../src/domain/time.ts'
import { eventually } from '../support/eventually.ts'
import { type Mode, modes } from '../support/lending-vault.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import * as sample from './store-samples.ts'

// A claim on an account that runs out while the vault is very slow: each call of a mint in turn is held up until another
// step has taken the account and done its work.

let world: LinkWorld
const worlds = new Map<Mode, LinkWorld>()
let hold: { readonly call: number; seen: number; readonly reached: () => void; readonly go: Promise<void> } | undefined
/** What is asked once, or from time to time, at no moment of its own. */
const ofNoMint = /sys\/(health|capabilities-self|mounts)|approle\/login|tune/
beforeAll(async () => {
  const before = async (line: string) => {
    if (!hold || ofNoMint.test(line)) return
    hold.seen += 1
    if (hold.seen !== hold.call) return
    const { reached, go } = hold
    hold = undefined
    reached()
    await go
  }
  for (const mode of modes)
    worlds.set(mode, await linkWorld({ mode, rules: { before }, settings: { claim: seconds(0.3) } }))
})
afterAll(() => Promise.all([...worlds.values()].map((each) => each.stop())))

/**
 * The calls of one mint. Where policies are written: look, write, read back, arm, log in, disarm, look at the wrapping,
 * look again, delete. Where they are lent: read role and policy, make, compare, look at the wrapping, end the former.
 */
const calls = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((call) => ['root-equivalent', call] as const),
  ...[1, 2, 3, 4, 5, 6].map((call) => ['contained', call] as const),
]

/** Presses a fresh link, holds its n-th call up until `meanwhile` is done, and lets go. */
const pressHeldUp = async (
  person: string,
  call: number,
  meanwhile: (grant: Grant) => Promise<unknown>,
  first: (grant: Grant) => Promise<unknown> = async () => {},
) => {
  const grant = await world.grantFor(person)
  await world.press(await world.open(grant), 'warm') // the bot's own login, and what is asked once
  await first(grant)
  const nonce = await world.open(grant)
  const go = Promise.withResolvers<void>()
  await new Promise<void>((reached) => {
    hold = { call, seen: 0, reached, go: go.promise }
    pressed = world.press(nonce, 'slow')
  })
  await meanwhile(grant)
  go.resolve()
  const answer = await pressed
  const isEnding = (await world.store.requestOfGrant(grant))?.grant?.state === 'revoking'
  if (!isEnding) await world.settled(grant)
  return { grant, answer }
}
type Grant = Awaited<ReturnType<LinkWorld['grantFor']>>
let pressed: ReturnType<LinkWorld['press']>

const namesInRows = async (grant: Grant): Promise<unknown> =>
  (await world.store.requestOfGrant(grant))?.grant?.handle?.policies
const policiesOf = async (grant: Grant) => (await world.policies()).filter((name) => name.includes(grant))
const readable = async (grant: Grant, from = 0): Promise<number> => {
  const minted = world.minted(grant).slice(from)
  const answers = await Promise.all(minted.map((token) => world.read(grant, token)))
  return answers.filter((status) => status === 200).length
}

const withoutNames = async (grant: Grant): Promise<object> => {
  const { handle: _, ...kept } = sample.present((await world.store.requestOfGrant(grant))?.grant)
  return kept
}
/** A look for what was changed at the vault finds nothing. */
const expectSound = async (grant: Grant) => {
  await findDrift(world.deps)(world.connector.integration)
  expect(await withoutNames(grant)).toMatchObject({ state: 'active' })
}
const expectFetched = async (grant: Grant) => {
  const answer = await world.press(await world.open(grant), 'again')
  if (answer.kind !== 'credential') throw new Error(`the next link gave ${answer.kind}`)
  expect(await world.read(grant, answer.credential.wrappingToken.reveal())).toBe(200)
}

describe.each(calls)('of a bot that is %s, a mint whose call %i takes longer than its claim', (mode, call) => {
  beforeAll(() => {
    world = sample.present(worlds.get(mode))
  })

  test('shows nothing of a grant that ended meanwhile, and leaves nothing', async () => {
    const { grant, answer } = await pressHeldUp(`ended-${call}`, call, async (id) => {
      await askForEnd(world.deps)(id, { because: 'revoked' })
      // Where the bot lends, what a mint may have made is over only when nobody can open it any more.
      const isOver = mode === 'contained' ? ['revoking', 'ended'] : ['ended']
      await eventually(async () => isOver.includes((await world.store.requestOfGrant(id))?.grant?.state ?? ''))
    })
    expect(answer.kind).not.toBe('credential')
    await eventually(async () => (await policiesOf(grant)).length === 0)
    expect(await readable(grant)).toBe(0)
  })

  test('shows nothing when a newer link was fetched meanwhile, whose credential works', async () => {
    let newer = ''
    const { grant, answer } = await pressHeldUp(`newer-${call}`, call, async (id) => {
      const nonce = await world.open(id)
      const fetched = await world.press(nonce, 'quick')
      if (fetched.kind === 'credential') newer = fetched.credential.wrappingToken.reveal()
    })
    expect(answer.kind).not.toBe('credential')
    expect(newer).not.toBe('')
    expect(await world.read(grant, newer)).toBe(200)
    expect(await policiesOf(grant)).toEqual(await namesInRows(grant))
    expect(await readable(grant)).toBe(1)
  })

  test('leaves its grant as it was when other access of the person was fetched meanwhile', async () => {
    const other = await world.grantFor(`other-${call}`)
    let before: unknown
    const limited = async (id: Grant) => {
      before = await withoutNames(id)
      // Tokens live less long than the grant. A token role that was changed would give nothing.
      if (mode === 'root-equivalent') await world.admin('POST', 'sys/auth/userpass/tune', { max_lease_ttl: '3m' })
    }
    const { grant, answer } = await pressHeldUp(
      `other-${call}`,
      call,
      async () => {
        const fetched = await world.press(await world.open(other), 'quick')
        expect(fetched).toMatchObject({ kind: 'credential' })
      },
      limited,
    )
    await world.admin('POST', 'sys/auth/userpass/tune', { max_lease_ttl: '0' })
    expect(answer.kind).not.toBe('credential')
    await expectSound(grant)
    expect(await withoutNames(grant)).toEqual(before)
    await expectFetched(grant)
  })

  test.each([0, 1])(
    'leaves the grant to a holder who lapsed and was restored, with %i other fetches',
    async (others) => {
      const person = `lapsed-${call}-${others}`
      const other = await world.grantFor(person)
      const { grant, answer } = await pressHeldUp(person, call, async (id) => {
        await recordStep(world.deps, id, { took: { kind: 'lapsed', why: 'account-deactivated' } })
        if (others > 0) await expectFetched(other)
      })
      expect(answer.kind).not.toBe('credential')
      expect(await readable(grant, 1)).toBe(0) // the one before it may go on
      await recordStep(world.deps, grant, { took: { kind: 'restored' } })
      await expectSound(grant)
      await expectFetched(grant)
    },
  )
})
