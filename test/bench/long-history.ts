import { redeemFetchLink } from '../../src/app/redeem-fetch-link.ts'
import { ask, type BenchWorld, openBenchWorld, owner, until } from './bench-world.ts'
import { clickToAckAfter } from './clicks.ts'
import { median, type Row, timed } from './figures.ts'

const long = 1_000_000
const short = 1_000
const rounds = 60
const steps = ['submit', 'approve → access exists', 'redeem → wrapped credential', 'revoke → proved'] as const

/** Every step of a request with a million past ones in the database, against a thousand, in turns. */
export const afterLongHistory = async (): Promise<readonly Row[]> => {
  const size = { people: 40, secrets: 40 }
  const worlds = [
    await openBenchWorld({ ...size, past: long }),
    await openBenchWorld({ ...size, past: short }),
  ] as const
  try {
    const times = worlds.map((): number[][] => steps.map(() => []))
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, world] of worlds.entries()) {
        const taken = await onePath(world, round)
        for (const [step, time] of taken.entries()) times[index]?.[step]?.push(time)
      }
    }
    const of = (world: number, step: number) => median(times[world]?.[step]?.slice(5) ?? [])
    const rows = steps.map(
      (what, step): Row => ({ what, ours: of(0, step), baseline: of(1, step), unit: 'ms', goal: 1.2 }),
    )
    return [await clickToAckAfter(long, short), ...rows]
  } finally {
    for (const world of worlds) await world.close()
  }
}

const onePath = async (world: BenchWorld, round: number): Promise<readonly number[]> => {
  const person = world.requesters[round % world.requesters.length] ?? owner
  const redeem = redeemFetchLink(world.deps)
  let request: Awaited<ReturnType<typeof ask>> | undefined
  const submitted = await timed(async () => {
    request = await ask(world, person, round)
  })
  if (!request) throw new Error('nothing was submitted')
  const { id } = request
  const grant = async () => (await world.store.request(id))?.grant
  const isNow = (state: string) => until(async () => ((await grant())?.state === state ? true : undefined))
  const approved = await timed(async () => {
    await world.verbs.decideRequest(id, { by: owner, verdict: 'approve' })
    await isNow('active')
  })
  const live = await grant()
  if (!live) throw new Error('there is no grant')
  const redeemed = await timed(async () => {
    const link = await world.verbs.openFetchLink(live.id, person)
    if (!link.ok) throw new Error(link.refusal.code)
    await redeem(link.value.url.reveal().split('/').at(-1) ?? '', 'browser')
  })
  const revoked = await timed(async () => {
    await world.verbs.revokeGrant(live.id, owner)
    await isNow('ended')
  })
  return [submitted, approved, redeemed, revoked]
}
