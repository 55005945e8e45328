import { randomUUID } from 'node:crypto'
import { seconds } from '../../src/domain/time.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import * as sample from '../contract/store-samples.ts'
import { inParallel, timed } from './figures.ts'

/** What a replica is told: to prepare requests, to decide them, or to take work and keep it. */
export type Told =
  | { readonly do: 'prepare'; readonly address: string; readonly count: number }
  | { readonly do: 'decide'; readonly atOnce: number }
  | { readonly do: 'hold' }
/** What it took: milliseconds, and those of a processor. */
export type Decided = { readonly took: number; readonly processor: number }

type Opened = Awaited<ReturnType<typeof openPostgresStore>>
let store: Opened
let pending: Awaited<ReturnType<typeof sample.submitted>>['request'][] = []

const decideAll = async (atOnce: number): Promise<Decided> => {
  const before = process.cpuUsage()
  const took = await timed(() =>
    inParallel(pending, atOnce, async ({ id }) => {
      const loaded = await store.request(id)
      if (!loaded) throw new Error('a request is gone')
      await sample.mustCommit(store, sample.approval(loaded.request, sample.grace, sample.at(10)))
    }),
  )
  const { user, system } = process.cpuUsage(before)
  return { took, processor: (user + system) / 1000 }
}

process.on('message', async (told: Told) => {
  switch (told.do) {
    case 'prepare': {
      store ??= await openPostgresStore({ config: { connectionString: told.address }, newId: randomUUID })
      pending = []
      for (let index = 0; index < told.count; index += 1) pending.push((await sample.submitted(store)).request)
      return process.send?.('prepared')
    }
    case 'decide':
      return process.send?.(await decideAll(told.atOnce))
    case 'hold': {
      await store.stayAlive(seconds(3))
      const { things } = await store.claimGrants(sample.vault.id, sample.at(1_000), seconds(600), 1_000)
      return process.send?.(things.length)
    }
    default:
      return told satisfies never
  }
})
