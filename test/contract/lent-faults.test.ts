import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askForEnd } from '../../src/app/revoke-grant.ts'
import type { GrantId } from '../../src/domain/ids.ts'
import { eventually } from '../support/eventually.ts'
import { type LinkWorld, linkWorld } from '../support/link-world.ts'
import * as sample from './store-samples.ts'

// A bot that only lends, whose calls break: nothing that somebody could use is left, and the person can fetch again.

let world: LinkWorld
let later = 0
let fault: { readonly call: number; readonly how: 'unsent' | 'lost' } | undefined
let seen = 0
beforeAll(async () => {
  world = await linkWorld({
    ...{ mode: 'contained', now: () => Date.now() + later, settings: { revokeOnMisuse: true } },
    rules: {
      before: async () => {
        if (!fault) return
        seen += 1
        if (seen === fault.call && fault.how === 'unsent') throw new Error('The connection breaks.')
      },
      response: (text) => {
        if (fault && seen === fault.call && fault.how === 'lost') throw new Error('The answer is lost.')
        return text
      },
    },
  })
})
afterAll(() => world?.stop())

const grantOf = async (id: GrantId) => sample.present((await world.store.requestOfGrant(id))?.grant)
const fetched = async (grant: GrantId): Promise<string> => {
  const answer = await world.press(await world.open(grant), 'hers')
  if (answer.kind !== 'credential') throw new Error(`the link gave ${answer.kind}`)
  return answer.credential.wrappingToken.reveal()
}
const ended = async (grant: GrantId) => {
  await askForEnd(world.deps)(grant, { because: 'revoked' })
  later += 400_000 // nobody can open any more what a lost answer may have made
  await eventually(async () => {
    await world.deps.nudge()
    return (await grantOf(grant)).state === 'ended'
  })
  later = 0
}

test('a vault that limits the life of tokens shortens the access, as its card and page say', async () => {
  await world.admin('POST', 'sys/auth/token/tune', { max_lease_ttl: '4m' })
  const grant = await world.grantFor('short')
  await world.admin('POST', 'sys/auth/token/tune', { max_lease_ttl: '0' })
  const found = await grantOf(grant)
  if (found.state !== 'active') throw new Error(found.state)
  expect(found.expiresAt - found.since).toBeLessThanOrEqual(240_000)
})

describe.each(['unsent', 'lost'] as const)('a fetch whose call is %s', (how) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'at its call %i gives one credential at most, and the next link gives one that works',
    async (call) => {
      const grant = await world.grantFor(`${how}-${call}`)
      const first = await fetched(grant)
      const nonce = await world.open(grant)
      seen = 0
      fault = { call, how }
      await world.press(nonce, 'hers')
      fault = undefined
      const next = await fetched(grant)
      expect(await world.read(grant, next)).toBe(200)
      const older = [first, ...world.minted(grant)].filter((token) => token !== next)
      expect(await Promise.all(older.map((token) => world.read(grant, token)))).toEqual(older.map(() => 403))
      await ended(grant)
      expect(await world.read(grant, next)).toBe(403)
    },
  )
})
