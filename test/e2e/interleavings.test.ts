import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newBrowser, unwrap } from '../../src/demo/person.ts'
import { around, type CrashPoint, calls, pointsWhile } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import type { RequestRecord } from '../support/records.ts'
import type { Story } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
let story: Story

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['5s', '1h'],
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '5s' } },
  })
  story = fragile.story
})
afterAll(() => fragile?.stop())

/** Holds the call until something else has happened; resolves when it goes on. */
const meanwhile = (point: CrashPoint, act: () => Promise<unknown>): Promise<unknown> =>
  fragile.vault.once(point, async () => {
    await act()
    return 'pass' as const
  })
const stateOf = ({ id }: RequestRecord) => story.records.request(id).grant?.state
const revoke = async (request: RequestRecord) => {
  await story.press(story.cast.owner, request, 'Revoke')
  await eventually(() => stateOf(request) === 'revoking', { about: () => 'the wish to end it is known' })
}
const ofTheVault = (points: readonly CrashPoint[]) => points.filter(({ side }) => side === 'vault')
const expectNothingLeft = async (request: RequestRecord) => {
  await story.untilState(request, 'ended')
  const { policies, armed } = await vaultTruth(fragile.world)
  expect({ policies, armed }).toEqual({ policies: [], armed: [] })
}
/** Whether the wrapping token yields a token that reads what was granted. */
const opens = async (wrappingToken: string): Promise<boolean> => {
  const token = await unwrap(fragile.world.vault.address, wrappingToken).catch(() => undefined)
  return token !== undefined && (await story.read(token)) === 200
}

describe('an owner revokes while access is being set up', () => {
  // Whether people can log in there is remembered for minutes, so that most set-ups make no login.
  const isNotMade = [calls.readsOwnerTag.words, calls.logsPersonIn.words, calls.spendsTrial.words]
  test.for(ofTheVault(pointsWhile.settingUp).filter(({ words }) => !isNotMade.includes(words)))(
    '$when $words: it ends, nothing is left, and nobody is told that it is ready',
    async (point) => {
      const { developer, owner } = story.cast
      if (point.words === calls.writesUser.words) await fragile.forgetUsers()
      const request = await story.ask(developer, { length: '1 hour' })
      const revoked = meanwhile(point, () => revoke(request))
      await story.press(owner, request, 'Approve')
      await revoked
      await expectNothingLeft(request)
      await story.untilAllSay(request, ' ended ', 'Revoked by Database owner')
      expect(story.copies(request).filter(({ audience }) => audience === 'access')).toEqual([])
    },
  )
})

describe('an owner revokes while a credential is being issued', () => {
  test.for(pointsWhile.redeeming)('$when $words: whatever was issued is dead', async (point) => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
    const url = await story.link(developer, request)
    const revoked = meanwhile(point, () => revoke(request))
    const page = await newBrowser().redeem(url)
    await revoked
    await expectNothingLeft(request)
    if (page.wrappingToken) expect(await opens(page.wrappingToken)).toBe(false)
  })
})

describe('time runs out while a credential is being issued', () => {
  test.for(around(calls.logsPersonIn))('$when $words: it is dead on arrival', async (point) => {
    const { developer, owner } = story.cast
    const request = await story.approve(owner, await story.ask(developer, { length: '5 seconds' }))
    const url = await story.link(developer, request)
    const expiresAt = request.grant?.expiresAt ?? 0
    const over = meanwhile(point, () => eventually(() => Date.now() > expiresAt + 100, { about: () => 'time is up' }))
    const page = await newBrowser().redeem(url)
    await over
    if (page.wrappingToken) expect(await opens(page.wrappingToken)).toBe(false)
    await expectNothingLeft(request)
    await story.untilAllSay(request, ' ended ', 'Its time was up')
  })
})

describe('the requester cancels while the vault is asked who owns it', () => {
  test('the approval comes too late, and its owner is told', async () => {
    const { developer, owner } = story.cast
    const request = await story.ask(developer, { length: '1 hour' })
    await story.cardOf(request, 'owner', 'database-owner')
    const cancelled = meanwhile({ ...calls.readsOwnerTag, when: 'after' }, async () => {
      await story.press(developer, request, 'Cancel request')
      await story.untilState(request, 'cancelled')
    })
    const said = await story.hear(owner, () => story.press(owner, request, 'Approve'))
    await cancelled
    expect(said).toContain('This request was cancelled or closed')
    expect(story.records.request(request.id)).toMatchObject({ state: 'cancelled', decisions: 0 })
    expect((await vaultTruth(fragile.world)).policies).toEqual([])
  })
})

describe('a withdrawal that the vault’s outage cut off half-way', () => {
  test.for(around(calls.deletesPolicy, calls.logsPersonIn))(
    '$when $words: the next link works at once, and the stolen credential is dead',
    async (point) => {
      const { developer, owner } = story.cast
      const request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
      const { url, token: stolen } = await story.credential(developer, request)
      const cut = fragile.vault.once(point, () => {
        fragile.vault.breakDown('refuse')
        return 'cut'
      })
      await newBrowser().redeem(url)
      await cut
      const isWaiting = () => story.records.request(request.id).grant?.trouble !== undefined
      await eventually(isWaiting, { about: () => 'the withdrawal waits for the vault' })
      fragile.vault.heal()
      const { token } = await story.credential(developer, request)
      expect([await story.read(stolen), await story.read(token)]).toEqual([403, 200])
      await story.press(owner, request, 'Revoke')
      await expectNothingLeft(request)
    },
  )
})

describe('an end and a link in the same moment', () => {
  test('of a link that is redeemed while its access is revoked nothing lives on', async () => {
    const { developer, owner } = story.cast
    for (let trial = 0; trial < 10; trial += 1) {
      const request = await story.approve(owner, await story.ask(developer, { length: '1 hour' }))
      const url = await story.link(developer, request)
      await story.cardOf(request, 'owner', 'database-owner')
      const [page] = await Promise.all([newBrowser().redeem(url), story.press(owner, request, 'Revoke')])
      await expectNothingLeft(request)
      if (page.wrappingToken) expect(await opens(page.wrappingToken)).toBe(false)
    }
  })
})
