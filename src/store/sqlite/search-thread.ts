// The thread for searches: it answers one after another, over a connection that can only read.
import { parentPort, workerData } from 'node:worker_threads'
import Database from 'better-sqlite3'
import { withDrizzle } from './connection.ts'
import { type Answer, type Search, search } from './search.ts'

/** How long a search waits for an administrator's lock, in milliseconds. */
const patience = 5_000

const { file }: { readonly file: string } = workerData
const queries = withDrizzle(new Database(file, { readonly: true, fileMustExist: true, timeout: patience }))

const answer = (asked: Search): Answer => {
  try {
    return { found: search(queries, asked) }
  } catch (error) {
    return { error }
  }
}

parentPort?.on('message', (asked: Search) => parentPort?.postMessage(answer(asked)))
