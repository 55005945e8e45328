import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { around, calls } from '../support/crash-points.ts'
import { eventually } from '../support/eventually.ts'
import { clockApart } from '../support/faketime.ts'
import type { RequestRecord } from '../support/records.ts'
import {
  crowdOptions,
  inLanes,
  insist,
  outcomesOf,
  raceOfTwenty,
  storyWithDeath,
  wholeStory,
} from '../support/replicas-crowd.ts'
import { type ReplicasWorld, replicasWorld } from '../support/replicas-world.ts'

const setUpLimit = 600_000
let replicas: ReplicasWorld
let done: RequestRecord[] = []
beforeEach(() => {
  done = []
})

beforeAll(async () => {
  const [ahead, behind] = await Promise.all([clockApart(150), clockApart(-150)])
  // Their machines’ clocks are five minutes apart.
  const environmentOf = (index: number) => [{}, ahead, behind][index] ?? {}
  replicas = await replicasWorld({ ...crowdOptions, count: 3, environmentOf })
}, setUpLimit)
afterAll(() => replicas?.stop(), setUpLimit)

/** Nobody lost a request, nothing is left behind, and the audit log is one whole chain. */
const expectAllDoneOnce = async () => {
  expect(outcomesOf(replicas.story, done)).toEqual(['approved, 1 decisions, 1 approvals, 1 starts, ended'])
  await replicas.untilNothingIsOrphaned()
  expect(await replicas.firstBadAuditRow()).toBeUndefined()
}
const stories = (count: number) =>
  inLanes(count, async (lane, index) => {
    const { read, ended } = await wholeStory(replicas, lane, index)
    expect(read).toBe(200)
    done.push(ended)
  })
const deaths = [
  ...around(calls.writesPolicy, calls.readsPolicy, calls.posts).map((point) => ({
    ...point,
    part: 'settingUp' as const,
  })),
  ...around(calls.logsPersonIn, calls.deletesPolicy).map((point) => ({ ...point, part: 'ending' as const })),
]

describe('three Latchkeys at one PostgreSQL, with clocks five minutes apart', () => {
  test('of twenty people who approve at once one decides, and one access comes of it', async () => {
    await inLanes(6, async (lane, index) => void done.push(await raceOfTwenty(replicas, lane, index)))
    await expectAllDoneOnce()
  })

  test('an access ends on time, whichever of them ends it', async () => {
    await inLanes(3, async (lane, index) => {
      const { ended, due } = await wholeStory(replicas, lane, index, true)
      expect(Date.now()).toBeGreaterThanOrEqual(due)
      done.push(ended)
    })
    await expectAllDoneOnce()
  })

  test.for(deaths)('one is killed $when $words: the others take over, and nothing is done twice', async (death) => {
    done.push(await storyWithDeath(replicas, death))
    await expectAllDoneOnce()
  })

  test.for([0, 1, 2])(
    'number %i stood still past its claims: it writes nothing that another has done meanwhile',
    async (number) => {
      const { story } = replicas
      const frozen = replicas.replicas[number]
      if (!frozen) throw new Error('there are three')
      const request = await story.ask(story.cast.developer, { length: '1 hour' })
      const held = frozen.vault.once({ when: 'before', call: calls.writesPolicy.call }, async (): Promise<'pass'> => {
        frozen.freeze()
        return 'pass'
      })
      const started = eventually(() => story.records.request(request.id).grant?.state === 'active', { limit: 120_000 })
      await Promise.all([insist(story, story.cast.owner, request, 'Approve'), Promise.race([held, started])])
      frozen.vault.forgetHooks()
      frozen.freeze()
      await story.untilState(request, 'active')
      frozen.wake()
      await eventually(async () => (await fetch(`${frozen.url}/readyz`)).ok, { about: () => 'it is back' })
      await replicas.untilNothingIsOrphaned()
      await insist(story, story.cast.owner, request, 'Revoke')
      done.push(await story.untilState(request, 'ended'))
      await expectAllDoneOnce()
    },
  )

  test('PostgreSQL is killed and comes back in the middle of it: everybody gets what they asked for', async () => {
    const crash = async () => {
      await replicas.postgres.goAway()
      await replicas.postgres.comeBack()
    }
    await Promise.all([stories(6), crash()])
    await expectAllDoneOnce()
  })

  test('they are restarted one after another while people work: nothing is lost or done twice', async () => {
    const restart = async () => {
      for (const each of replicas.replicas) {
        await each.stop()
        await each.start()
      }
    }
    await Promise.all([stories(9), restart()])
    await expectAllDoneOnce()
  })
})
