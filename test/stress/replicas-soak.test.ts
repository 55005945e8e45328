import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RequestRecord } from '../support/records.ts'
import { crowdOptions, inLanes, outcomesOf, wholeStory } from '../support/replicas-crowd.ts'
import { type ReplicasWorld, replicasWorld } from '../support/replicas-world.ts'
import { trials } from '../support/trials.ts'

const setUpLimit = 600_000
let replicas: ReplicasWorld
beforeAll(async () => {
  replicas = await replicasWorld({ ...crowdOptions, count: 3 })
}, setUpLimit)
afterAll(() => replicas?.stop(), setUpLimit)

test('while one replica after another dies, and PostgreSQL with them, everybody gets what they ask for, once', async () => {
  const done: RequestRecord[] = []
  let isOver = false
  const trouble = async () => {
    while (!isOver) {
      for (const replica of replicas.replicas) {
        await replica.kill()
        await replica.start()
      }
      await replicas.postgres.goAway()
      await replicas.postgres.comeBack()
    }
  }
  const work = inLanes(trials, async (lane, index) => {
    const { read, ended } = await wholeStory(replicas, lane, index)
    expect(read).toBe(200)
    done.push(ended)
  })
  const working = work.finally(() => {
    isOver = true
  })
  await Promise.all([working, trouble()])
  expect(outcomesOf(replicas.story, done)).toEqual(['approved, 1 decisions, 1 approvals, 1 starts, ended'])
  await replicas.untilNothingIsOrphaned()
  expect(await replicas.firstBadAuditRow()).toBeUndefined()
})
