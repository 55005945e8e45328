import { afterEach, describe, expect, test } from 'vitest'
import type { PostgresServer } from '../support/postgres.ts'
import { startPostgres } from '../support/postgres.ts'
import { type PostgresStandby, startStandby } from '../support/postgres-standby.ts'
import type { RequestRecord } from '../support/records.ts'
import {
  crowdActor,
  crowdLanes,
  crowdOptions,
  inLanes,
  insist,
  outcomesOf,
  tokenOf,
  wholeStory,
} from '../support/replicas-crowd.ts'
import { type ReplicasWorld, replicasWorld } from '../support/replicas-world.ts'
import type { Actor } from '../support/story.ts'
import { vaultTruth } from '../support/vault-truth.ts'

let replicas: ReplicasWorld
let postgres: PostgresServer
let standby: PostgresStandby
const start = async (synchronous: boolean) => {
  postgres = await startPostgres()
  replicas = await replicasWorld({ ...crowdOptions, count: 2, postgres })
  standby = await startStandby(postgres, { synchronous })
}
afterEach(async () => {
  await replicas?.stop()
  await standby?.stop()
  await postgres?.stop()
}, 600_000)

/** The server dies at once, and its standby takes over. */
const failOver = async () => {
  await postgres.goAway()
  await standby.promote()
  replicas.moveTo(standby)
}
const successions = () => replicas.story.records.audit().filter(({ kind }) => kind === 'database-succeeded')

describe('a standby that had each change before it was confirmed', () => {
  test('takes over while people work, and nobody’s request is lost', async () => {
    await start(true)
    const done: RequestRecord[] = []
    await inLanes(9, async (lane, index) => {
      const { read, ended } = await wholeStory(replicas, lane, index)
      expect(read).toBe(200)
      done.push(ended)
      if (done.length === 3) await failOver()
    })
    expect(outcomesOf(replicas.story, done)).toEqual(['approved, 1 decisions, 1 approvals, 1 starts, ended'])
    await replicas.untilNothingIsOrphaned()
    expect([successions(), await replicas.firstBadAuditRow()]).toEqual([[], undefined])
  })
})

describe('a standby that lacks the latest changes', () => {
  test('takes over: what it does not know is removed, what had ended stays so, and no used link works again', async () => {
    await start(false)
    const { story } = replicas
    const { developer, owner } = story.cast
    const approved = async (by: Actor, request: RequestRecord) => {
      await insist(story, by, request, 'Approve')
      return story.untilState(request, 'active')
    }
    const known = await approved(owner, await story.ask(developer, { length: '1 hour' }))
    const openLink = await story.link(developer, known)
    await standby.fallBehind()

    const page = await fetch(openLink)
    expect(page.status).toBe(200)
    const token = await tokenOf(story, developer, known)
    await insist(story, owner, known, 'Revoke')
    await story.untilState(known, 'ended')
    const [lane] = crowdLanes
    if (!lane) throw new Error('there is a lane')
    const [secret] = lane.secrets
    const path = secret?.path ?? ''
    const asker = crowdActor(story, lane.askers[0] ?? '')
    const asked = await story.ask(asker, { path, length: '1 hour' })
    const lost = await approved(crowdActor(story, secret?.owners[0] ?? ''), asked)
    const lostToken = await tokenOf(story, asker, lost)
    expect([await story.read(token), await story.read(lostToken, path)]).toEqual([403, 200])

    await failOver()
    await story.untilRefused(lostToken, path)
    const again = await story.untilState(known, 'ended')
    expect(again.grant?.because).toBe('missing-at-vault')
    expect(story.records.requests().map(({ id }) => id)).not.toContain(lost.id)
    expect(await story.read(token)).toBe(403)
    expect((await vaultTruth(replicas.world)).policies).toEqual([])
    expect(successions()).toHaveLength(1)
    expect(await replicas.firstBadAuditRow()).toBeUndefined()
    await replicas.untilNothingIsOrphaned()
  })
})
