import { Worker } from 'node:worker_threads'
import type { Resource } from '../../domain/resource.ts'
import type { Store } from '../../ports.ts'
import { inMemory } from '../address.ts'
import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { type Answer, type Search, search } from './search.ts'

export type Searching = Pick<Store, Search['verb'] | 'close'>

/** In a smaller catalogue no search takes long enough to be worth the memory of a thread. */
const manyResources = 20_000

/**
 * The searches of a store. In a large catalogue they run in a thread of their own, because one may take longer than a
 * press should wait. They see all that is committed, as any read does.
 */
export const searching = (queries: Queries, file: string, threadFrom = manyResources): Searching => {
  let thread: SearchThread | undefined
  const isLarge = (): boolean =>
    queries.get<{ isLarge: number }>(sql`SELECT coalesce(max(number), 0) >= ${threadFrom} AS "isLarge" FROM resources`)
      .isLarge === 1
  const find = async (asked: Search): Promise<readonly Resource[]> => {
    if (file === inMemory || !isLarge()) return search(queries, asked)
    thread ??= searchThread(file, () => {
      thread = undefined
    })
    return thread.ask(asked)
  }
  return {
    findResources: (...given) => find({ verb: 'findResources', given }),
    findSimilar: (...given) => find({ verb: 'findSimilar', given }),
    resourcePage: (...given) => find({ verb: 'resourcePage', given }),
    close: async () => thread?.end(),
  }
}

type SearchThread = { ask(asked: Search): Promise<readonly Resource[]>; end(): Promise<void> }
type Waiting = { resolve(found: readonly Resource[]): void; reject(error: unknown): void }

/** Starts the thread. When it has ended for whatever reason, the searches in it fail and the next one starts another. */
const searchThread = (file: string, onEnd: () => void): SearchThread => {
  const worker = new Worker(new URL('./search-thread.ts', import.meta.url), { workerData: { file } })
  worker.unref()
  const waiting: Waiting[] = []
  let isOver = false
  const failAll = (error: unknown) => {
    if (!isOver) onEnd() // an error is followed by an exit, and by then another thread may run
    isOver = true
    for (const { reject } of waiting.splice(0)) reject(error)
  }
  worker.on('message', (answer: Answer) => {
    const first = waiting.shift()
    if ('found' in answer) first?.resolve(answer.found)
    else first?.reject(answer.error)
  })
  worker.on('error', failAll)
  worker.on('exit', () => failAll(new Error('the thread for searches has ended')))
  return {
    ask: (asked) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject })
        worker.postMessage(asked)
      }),
    end: async () => {
      await worker.terminate()
    },
  }
}
