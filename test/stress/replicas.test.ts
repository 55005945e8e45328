import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { around, calls, pointsWhile } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { clockApart } from '../support/faketime.ts'
import type { RequestRecord } from '../support/records.ts'
import { crowdLanes, crowdOptions, outcomesOf, raceOfTwenty, wholeStory } from '../support/replicas-crowd.ts'
import { type ReplicasWorld, replicasWorld } from '../support/replicas-world.ts'
import { trials } from '../support/trials.ts'

let replicas: ReplicasWorld
const done: RequestRecord[] = []
const once = 'approved, 1 decisions, 1 approvals, 1 starts, ended'

beforeAll(async () => {
  const [ahead, behind] = await Promise.all([clockApart(150), clockApart(-150)])
  // Their machines’ clocks are five minutes apart.
  const environmentOf = (index: number) => [{}, ahead, behind][index] ?? {}
  replicas = await replicasWorld({ ...crowdOptions, count: 3, environmentOf })
})
afterAll(() => replicas?.stop())

/** Nobody lost a request, and nothing is left behind. */
const expectAllDoneOnce = async () => {
  expect(outcomesOf(replicas.story, done)).toEqual([once])
  await replicas.untilNothingIsOrphaned()
}
const inLanes = (count: number, act: (lane: (typeof crowdLanes)[number], index: number) => Promise<void>) =>
  Promise.all(
    crowdLanes.map(async (lane, number) => {
      for (let index = number; index < count; index += crowdLanes.length) await act(lane, index)
    }),
  )
const stories = (count: number) =>
  inLanes(count, async (lane, index) => {
    const { read, ended } = await wholeStory(replicas, lane, index)
    expect(read).toBe(200)
    done.push(ended)
  })

describe('three Latchkeys at one PostgreSQL, with clocks five minutes apart', () => {
  test('of twenty people who approve at once one decides, and one access comes of it', async () => {
    await inLanes(trials, async (lane, index) => void done.push(await raceOfTwenty(replicas, lane, index)))
    await expectAllDoneOnce()
  }, 3_600_000)

  test('an access ends on time, whichever of them ends it', async () => {
    await inLanes(6, async (lane, index) => {
      const { ended } = await wholeStory(replicas, lane, index, true)
      expect(Date.now()).toBeGreaterThanOrEqual(ended.grant?.expiresAt ?? Number.POSITIVE_INFINITY)
      done.push(ended)
    })
    await expectAllDoneOnce()
  })

  test.for(
    around(...new Set([...pointsWhile.settingUp, ...pointsWhile.ending].map(({ when: _, nth: __, ...call }) => call))),
  )('one is killed $when $words: the others take over, and nothing is done twice', async (point) => {
    const { story } = replicas
    const { developer, owner } = story.cast
    const isOfEnd = pointsWhile.ending.some(({ words }) => words === point.words)
    const request = await story.ask(developer, { length: '1 hour' })
    const approve = () => story.press(owner, request, 'Approve')
    const revoke = () => story.press(owner, request, 'Revoke')
    if (!isOfEnd) await replicas.killAt(point, point.side, approve)
    else await approve()
    if (story.records.request(request.id).state === 'pending') await approve()
    await story.untilState(request, 'active')
    const { token } = await story.credential(developer, request)
    if (isOfEnd) await replicas.killAt(point, point.side, revoke)
    else await revoke()
    if (story.records.request(request.id).grant?.state === 'active') await revoke()
    done.push(await story.untilState(request, 'ended'))
    expect(await story.read(token)).toBe(403)
  })

  test('after all those deaths nobody’s request is lost, and nothing is left at the vault', expectAllDoneOnce)

  test('one that stood still past its claims writes nothing that another has done meanwhile', async () => {
    const { story } = replicas
    for (const frozen of replicas.replicas) {
      const request = await story.ask(story.cast.developer, { length: '1 hour' })
      const held = frozen.vault.once({ when: 'before', call: calls.writesPolicy.call }, async (): Promise<'pass'> => {
        frozen.freeze()
        return 'pass'
      })
      await Promise.all([story.press(story.cast.owner, request, 'Approve'), Promise.race([held, started(request)])])
      frozen.vault.forgetHooks()
      frozen.freeze()
      await story.untilState(request, 'active')
      frozen.wake()
      await eventually(async () => (await fetch(`${frozen.url}/readyz`)).ok, { about: () => 'it is back' })
      await replicas.untilNothingIsOrphaned()
      await story.press(story.cast.owner, request, 'Revoke')
      done.push(await story.untilState(request, 'ended'))
    }
    await expectAllDoneOnce()
  })

  test('PostgreSQL is killed and comes back in the middle of it: everybody gets what they asked for', async () => {
    const crash = async () => {
      for (let time = 0; time < 3; time += 1) {
        await replicas.postgres.goAway()
        await replicas.postgres.comeBack()
      }
    }
    await Promise.all([stories(9), crash()])
    await expectAllDoneOnce()
  })

  test('they are restarted one after another while people work: no delivery fails, and nothing is done twice', async () => {
    let isOver = false
    const restart = async () => {
      while (!isOver) {
        for (const each of replicas.replicas) {
          await each.stop()
          await each.start()
        }
      }
    }
    const working = stories(18).finally(() => {
      isOver = true
    })
    await Promise.all([working, restart()])
    await expectAllDoneOnce()
  })

  test('the audit log is one whole chain', async () => {
    expect(await replicas.firstBadAuditRow()).toBeUndefined()
  })
})

const started = ({ id }: RequestRecord) =>
  eventually(() => replicas.story.records.request(id).grant?.state === 'active', { about: () => 'it is active' })
