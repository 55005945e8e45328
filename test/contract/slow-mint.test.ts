import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import { seconds } from '../../src/domain/time.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'

// A claim on an account that runs out while the vault is very slow: each call of a mint in turn is held up until another
// step has taken the account and done its work.

let world: LinkWorld
let hold: { readonly call: number; seen: number; readonly reached: () => void; readonly go: Promise<void> } | undefined
beforeAll(async () => {
  const before = async () => {
    if (!hold) return
    hold.seen += 1
    if (hold.seen !== hold.call) return
    const { reached, go } = hold
    hold = undefined
    reached()
    await go
  }
  world = await linkWorld({ rules: { before }, settings: { claim: seconds(0.3) } })
})
afterAll(() => world?.stop())

/** The calls of one mint: look, write, read back, arm, log in, disarm, look at the wrapping, look again, delete. */
const calls = [1, 2, 3, 4, 5, 6, 7, 8, 9]

/** Presses a fresh link, holds its n-th call up until `meanwhile` is done, and lets go. */
const pressHeldUp = async (person: string, call: number, meanwhile: (grant: Grant) => Promise<unknown>) => {
  const grant = await world.grantFor(person)
  await world.press(await world.open(grant), 'warm') // the bot's own login, and what is asked once
  const nonce = await world.open(grant)
  const go = Promise.withResolvers<void>()
  await new Promise<void>((reached) => {
    hold = { call, seen: 0, reached, go: go.promise }
    pressed = world.press(nonce, 'slow')
  })
  await meanwhile(grant)
  go.resolve()
  const answer = await pressed
  await world.settled(grant)
  return { grant, answer }
}
type Grant = Awaited<ReturnType<LinkWorld['grantFor']>>
let pressed: ReturnType<LinkWorld['press']>

const namesInRows = async (grant: Grant): Promise<unknown> =>
  (await world.store.requestOfGrant(grant))?.grant?.handle?.policies
const policiesOf = async (grant: Grant) => (await world.policies()).filter((name) => name.includes(grant))
const readable = async (grant: Grant): Promise<number> => {
  const answers = await Promise.all(world.minted(grant).map((token) => world.read(grant, token)))
  return answers.filter((status) => status === 200).length
}

describe.each(calls)('a mint whose call %i takes longer than its claim', (call) => {
  test('shows nothing of a grant that ended meanwhile, and leaves nothing', async () => {
    const { grant, answer } = await pressHeldUp(`ended-${call}`, call, async (id) => {
      await askForEnd(world.deps)(id, { because: 'revoked' })
      await eventually(async () => (await world.store.requestOfGrant(id))?.grant?.state === 'ended')
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
})
