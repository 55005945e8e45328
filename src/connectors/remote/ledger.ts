import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Proof } from '../../domain/grant.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { Timestamp } from '../../domain/time.ts'
import type { Order } from '../../ports.ts'
import { removeFile, removeTemporaries, replaceFile } from '../vault/durable-file.ts'
import { handleNames } from '../vault/handle.ts'
import * as shape from './shapes.ts'

const Entry = z.strictObject({
  /** The newest order, whose handle has every name that may exist. */
  order: shape.order,
  began: shape.moment,
  /** The connector ended it by itself. */
  ended: shape.proof.exactOptional(),
  /** The server took the report of that. */
  isReported: z.literal(true).exactOptional(),
})
export type Entry = z.output<typeof Entry>

/** How long an end is kept for a server that never asks for it, in milliseconds. */
const keptFor = 30 * 86_400_000

/** What the connector knows of live access: a file for each grant, without any credential. */
export type Ledger = {
  of(grant: GrantId): Entry | undefined
  all(): readonly Entry[]
  /** When the first order of the grant came; now for a new one. */
  began(grant: GrantId): Timestamp
  /** Stores an order before its effect. */
  note(order: Order): Promise<void>
  noteEnd(grant: GrantId, proof: Proof): Promise<void>
  noteReported(grant: GrantId): Promise<void>
  forget(grant: GrantId): Promise<void>
  /** Forgets old ends. */
  tidy(): Promise<void>
}

export const openLedger = async (folder: string, now: () => Timestamp): Promise<Ledger> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const fileOf = (grant: GrantId) => join(folder, `${grant}.json`)
  const entries = new Map<GrantId, Entry>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue
    const path = join(folder, name)
    await removeTemporaries(path)
    const entry = Entry.safeParse(JSON.parse(await readFile(path, 'utf8')))
    if (!entry.success)
      throw new Error(`${path} is damaged; restore it, or end that access at the server and delete it`)
    entries.set(entry.data.order.grant, entry.data)
  }
  /** One change of a grant at a time, so that an older text never replaces a newer one. */
  const writes = new Map<GrantId, Promise<void>>()
  const put = (entry: Entry): Promise<void> => {
    const { grant } = entry.order
    entries.set(grant, entry)
    const written = (writes.get(grant) ?? Promise.resolve())
      .catch(() => {})
      .then(() => replaceFile(fileOf(grant), `${JSON.stringify(entry)}\n`))
    writes.set(grant, written)
    return written
  }
  const change = async (grant: GrantId, more: Partial<Entry>): Promise<void> => {
    const entry = entries.get(grant)
    if (entry) await put({ ...entry, ...more })
  }
  const forget = async (grant: GrantId): Promise<void> => {
    entries.delete(grant)
    await writes.get(grant)?.catch(() => {})
    writes.delete(grant)
    await removeFile(fileOf(grant))
  }
  return {
    of: (grant) => entries.get(grant),
    all: () => [...entries.values()],
    began: (grant) => entries.get(grant)?.began ?? now(),
    note: (order) => {
      const before = entries.get(order.grant)
      const handle = before ? handleNames.join(order.handle, before.order.handle) : order.handle
      return put({ ...before, order: { ...order, handle }, began: before?.began ?? now() })
    },
    noteEnd: (grant, ended) => change(grant, { ended }),
    noteReported: (grant) => change(grant, { isReported: true }),
    forget,
    tidy: async () => {
      for (const { order, ended } of [...entries.values()]) {
        if (ended && ended.at < now() - keptFor) await forget(order.grant)
      }
    },
  }
}
