import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { channel } from '../../src/demo/example.ts'
import { calls, pointsWhile } from '../support/crash-points.ts'
import { type FragileWorld, fragileWorld } from '../support/fragile-world.ts'
import type { RequestRecord } from '../support/records.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let fragile: FragileWorld
const asked: RequestRecord[] = []

beforeAll(async () => {
  fragile = await fragileWorld({
    durations: ['5s', '1h'],
    integration: { channel: channel.id },
    // The vendor's rights only: nothing that is left behind can be found by looking for it.
    settings: { reconcile: { discoverEvery: '1h', driftEvery: '1h', wake: '1s', claim: '1s', provedShare: 1 } },
  })
})
afterAll(() => fragile?.stop())

const ask = async (length = '1 hour'): Promise<RequestRecord> => {
  const { story } = fragile
  const request = await story.ask(story.cast.developer, { length })
  asked.push(request)
  return request
}
const stateOf = ({ id }: RequestRecord): string => {
  const { state, grant } = fragile.story.records.request(id)
  return grant?.state ?? state
}
const newest = () => fragile.story.records.newestOf('developer')

describe('killed while a request is made', () => {
  test.for(pointsWhile.asking)('$when $words: the request is made once or not at all', async (point) => {
    const { story, killAt, startAnew } = fragile
    const { developer } = story.cast
    const before = newest()?.id
    if (remembered.includes(point.words)) await startAnew()
    if (beforeDialog.includes(point.words)) {
      await killAt(point.side, point, () => developer.hands.command('request'))
    } else {
      await story.openForm(developer, { length: '1 hour' })
      await killAt(point.side, point, () => developer.hands.submit())
    }
    await developer.hands.closeView().catch(() => undefined)
    const known = newest()
    const request = known && known.id !== before ? known : await ask()
    asked.push(request)
    expect(stateOf(request)).toBe('pending')
    await story.press(developer, request, 'Cancel request')
    await story.untilState(request, 'cancelled')
  })
})

/** Calls whose answer a process remembers, and calls before the form is there. */
const remembered = [calls.looksAtAccount.words, calls.opensConversation.words]
const beforeDialog = [calls.opensDialog.words, calls.looksAtAccount.words]

/** Each point of setting access up, with one of the points of ending it. */
const journeys = pointsWhile.settingUp.map((setUp, index) => ({
  setUp,
  end: pointsWhile.ending[index % pointsWhile.ending.length] ?? setUp,
}))

/** Each has a request of its own. */
const deaths = [pointsWhile.asking, journeys, pointsWhile.endingByTime, pointsWhile.denying].flat().length

/** Reads with the person's own token, which must work. */
const tokenOf = async (request: RequestRecord): Promise<string> => {
  const { story } = fragile
  const { token } = await story.credential(story.cast.developer, request)
  expect(await story.read(token)).toBe(200)
  return token
}
/** Where nothing was done, the owner presses again: the question before the death may still be open. */
const pressAgainIn = async (state: string, request: RequestRecord, button: string) => {
  const { story } = fragile
  const { owner } = story.cast
  await owner.hands.closeView().catch(() => undefined)
  if (stateOf(request) === state) await story.press(owner, request, button)
}
const expectEnd = async (request: RequestRecord, token: string) => {
  const { story, world } = fragile
  await story.untilState(request, 'ended')
  expect(await story.read(token)).toBe(403)
  const { policies, armed } = await vaultTruth(world)
  expect({ policies, armed }).toEqual({ policies: [], armed: [] })
}

describe('killed while access is set up, and again while it is ended', () => {
  test.for(journeys)(
    '$setUp.when $setUp.words, and $end.when $end.words: it comes once, and ends all the same',
    async ({ setUp, end }) => {
      const { story, killAt } = fragile
      const { owner } = story.cast
      const request = await ask()
      if (setUp.words === calls.writesUser.words) await fragile.forgetUsers() // only a first access makes one
      await story.cardOf(request, 'owner', 'database-owner')
      await killAt(setUp.side, setUp, () => story.press(owner, request, 'Approve'))
      await pressAgainIn('pending', request, 'Approve')
      const token = await tokenOf(await story.untilState(request, 'active'))

      await killAt(end.side, end, () => story.press(owner, request, 'Revoke'))
      await pressAgainIn('active', request, 'Revoke')
      await expectEnd(request, token)
    },
  )

  test.for(pointsWhile.endingByTime)(
    '$when $words at an end by time: it ends all the same, and never after its time',
    async (point) => {
      const { story, killAt } = fragile
      const request = await story.approve(story.cast.owner, await ask('5 seconds'))
      const token = await tokenOf(request)
      await killAt(point.side, point, async () => undefined)
      expect(await story.read(token)).toBe(403)
      expect(Date.now()).toBeGreaterThan(request.grant?.expiresAt ?? Number.POSITIVE_INFINITY)
      await expectEnd(request, token)
    },
  )
})

describe('killed while a request is denied', () => {
  test.for(pointsWhile.denying)('$when $words: it is denied once or waits on', async (point) => {
    const { story, killAt } = fragile
    const { owner } = story.cast
    const request = await ask()
    await story.cardOf(request, 'owner', 'database-owner')
    if (point.words === calls.opensDialog.words) {
      await killAt(point.side, point, () => story.press(owner, request, 'Deny'))
    } else {
      await story.openDenial(owner, request, 'Please use the read replica.')
      await killAt(point.side, point, () => owner.hands.submit())
    }
    await owner.hands.closeView().catch(() => undefined)
    if (stateOf(request) === 'pending') await story.deny(owner, request, 'Please use the read replica.')
    await story.untilState(request, 'denied')
  })
})

describe('after all those deaths', () => {
  test('every card of every request tells the truth', async () => {
    const { story, untilNothingIsOrphaned } = fragile
    await untilNothingIsOrphaned()
    for (const request of asked) await story.untilAllSay(request, words[stateOf(request)] ?? 'never')
    expect(new Set(asked.map(({ id }) => id)).size).toBeGreaterThanOrEqual(deaths)
  })

  test('whoever got access or a denial was told in a message of its own', async () => {
    const { story } = fragile
    for (const request of asked) {
      const audiences = story.copies(request).map(({ audience }) => audience)
      const expected = { ended: 'access', denied: 'outcome', cancelled: 'requester' }[stateOf(request)]
      expect(audiences.filter((audience) => audience === expected)).toHaveLength(1)
    }
  })
})

const words: Readonly<Record<string, string>> = { ended: ' ended ', denied: 'denied by', cancelled: 'cancelled by' }
