import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { seconds } from '../../src/domain/time.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import * as sample from '../contract/store-samples.ts'
import { newDatabase } from '../support/new-database.ts'
import { startPostgres } from '../support/postgres.ts'
import { startRelay } from '../support/relay.ts'
import type { Decided, Told } from './decider.ts'
import { median, type Row } from './figures.ts'

const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
/** Decisions of each replica in a round, and how many it has under way. */
const [count, atOnce] = [100, 4]
/** Milliseconds of waiting before PostgreSQL. */
const away = 20
/** What a worker does where others can take over: see `worker.ts`. */
const [life, beat] = [seconds(3), 1_000]

/** Several processes that decide at one PostgreSQL that is far away, each as fast as so many decisions at once allow. */
export const severalReplicas = async (): Promise<readonly Row[]> => {
  const postgres = await startPostgres()
  const line = await startRelay(postgres.port)
  const children = Array.from({ length: 4 }, () => fork(join(import.meta.dirname, 'decider.ts')))
  try {
    const login = await newDatabase(postgres)
    const address = `postgres://${login.user}:${login.password}@127.0.0.1:${line.port}/latchkey`
    const figures = new Map([1, 2, 4].map((size) => [size, { each: [] as number[], processor: [] as number[] }]))
    for (let round = 0; round <= rounds; round += 1) {
      for (const [size, { each, processor }] of figures) {
        const deciding = children.slice(0, size)
        line.slowBy(0)
        await Promise.all(deciding.map((child) => tell(child, { do: 'prepare', address, count })))
        line.slowBy(away)
        const results = await Promise.all(deciding.map((child) => tell<Decided>(child, { do: 'decide', atOnce })))
        if (round === 0) continue // warms up
        each.push(Math.max(...results.map(({ took }) => took)) / (size * count))
        processor.push(results.reduce((sum, one) => sum + one.processor, 0) / (size * count))
      }
    }
    const of = (size: number) => figures.get(size) ?? { each: [], processor: [] }
    const rows = [2, 4].flatMap((size): Row[] => [
      {
        ...{
          what: `${size} replicas: time for one decision with audit`,
          unit: 'ms',
          goal: size === 2 ? 0.59 : 0.4,
        },
        ...{ ours: median(of(size).each), baseline: median(of(1).each), note: 'against one replica' },
      },
      {
        ...{ what: `${size} replicas: processor for one decision`, unit: 'ms', goal: 1.2 },
        ...{ ours: median(of(size).processor), baseline: median(of(1).processor), note: 'against one replica' },
      },
    ])
    return [...rows, await takeOver(address, children)]
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await line.stop()
    await postgres.stop()
  }
}

/** From the kill of the replica that has all work until another one has it. */
const takeOver = async (address: string, children: readonly ChildProcess[]): Promise<Row> => {
  const waits: number[] = []
  const store = await openPostgresStore({ config: { connectionString: address }, newId: randomUUID })
  for (const child of children) {
    await tell(child, { do: 'hold' })
    const killed = performance.now()
    child.kill('SIGKILL')
    for (let isFree = false; !isFree; ) {
      await delay(beat)
      isFree = (await store.stayAlive(life)) > 0
    }
    const { things } = await store.claimGrants(sample.vault.id, sample.at(1_000), seconds(1), 1_000)
    if (things.length === 0) throw new Error('nothing was taken over')
    waits.push(performance.now() - killed)
    await store.releaseClaims()
  }
  await store.close()
  const what = 'the work of a killed replica is taken over'
  return { what, ours: Math.max(...waits), baseline: 5_000, unit: 'ms', goal: 1, note: 'the longest of four' }
}

const tell = async <T>(child: ChildProcess, told: Told): Promise<T> => {
  const answer = once(child, 'message')
  child.send(told)
  const [said] = await answer
  return said
}
