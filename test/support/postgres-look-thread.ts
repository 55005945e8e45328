import { type MessagePort, parentPort } from 'node:worker_threads'
import pg from 'pg'
import type { Answered, Asked } from './postgres-look.ts'

const clients = new Map<string, Promise<pg.Client>>()

const connected = async (address: string): Promise<pg.Client> => {
  const client = new pg.Client({ connectionString: address, connectionTimeoutMillis: 5_000 })
  client.on('error', () => void clients.delete(address))
  await client.connect()
  await client.query('SET search_path = latchkey')
  return client
}

const ask = async ({ address, text, given }: Asked): Promise<Answered> => {
  const known = clients.get(address) ?? connected(address)
  clients.set(address, known)
  try {
    const { rows } = await (await known).query<Record<string, unknown>>(text, [...given])
    return { rows }
  } catch (error) {
    clients.delete(address)
    return { why: String(error), isAway: !(error instanceof pg.DatabaseError) || error.code?.startsWith('57') === true }
  }
}

parentPort?.on('message', async ({ asked, port }: { readonly asked: Asked; readonly port: MessagePort }) => {
  port.postMessage(await ask(asked))
  Atomics.store(asked.done, 0, 1)
  Atomics.notify(asked.done, 0)
})
