import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { NothingSeen } from './eventually.ts'

export type Asked = {
  readonly address: string
  readonly text: string
  readonly given: readonly string[]
  readonly done: Int32Array
}

/** What the thread answers: rows, or why there are none. */
export type Answered = { readonly rows: Record<string, unknown>[] } | { readonly why: string; readonly isAway: boolean }

const patience = 20_000
let worker: Worker | undefined

/**
 * Asks a PostgreSQL and waits, as a look into a file does. The connection is kept by a thread of its own. Where the server
 * is away it throws `NothingSeen`.
 */
export const lookAt = (address: string, text: string, given: readonly string[]): Record<string, unknown>[] => {
  worker ??= new Worker(new URL('./postgres-look-thread.ts', import.meta.url))
  worker.unref()
  const { port1, port2 } = new MessageChannel()
  const done = new Int32Array(new SharedArrayBuffer(4))
  worker.postMessage({ asked: { address, text, given, done } satisfies Asked, port: port2 }, [port2])
  Atomics.wait(done, 0, 0, patience)
  const answer: Answered | undefined = receiveMessageOnPort(port1)?.message
  port1.close()
  if (!answer) throw new NothingSeen('PostgreSQL did not answer in time')
  if ('rows' in answer) return answer.rows
  throw answer.isAway ? new NothingSeen(answer.why) : new Error(answer.why)
}
