import { constants, mkdirSync, readFileSync } from 'node:fs'
import { type FileHandle, open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import * as z from 'zod'
import { grantId, integrationId } from '../domain/ids.ts'
import type { DrawnName, Journal } from '../domain/journal.ts'
import { messageOf } from '../domain/message-of.ts'
import { timestamp } from '../domain/time.ts'

const line = z.object({
  name: z.string().min(1),
  grant: z.string().transform(grantId),
  integration: z.string().transform(integrationId),
  until: z.int().transform(timestamp),
})

/** The content of a journal; `damaged` counts unreadable lines, such as one torn by a power cut. */
export type JournalContent = { readonly names: readonly DrawnName[]; readonly damaged: number }

/**
 * Reads a journal, the newest line of each name, even while a server appends to it. Returns `undefined` when it is
 * missing; throws when it is unreadable.
 */
export const readJournal = (file: string): JournalContent | undefined => {
  const lines = textOf(file)
    ?.split('\n')
    .filter((each) => each !== '')
  const parsed = lines?.map(parsedLine)
  const names = parsed?.filter((each) => each !== undefined)
  if (!names || !parsed) return undefined
  const newest = new Map(names.map((each) => [each.name, each]))
  return { names: [...newest.values()], damaged: parsed.length - names.length }
}

/** How long a name is kept after its time, in milliseconds, because clocks differ. */
const kept = 3_600_000
/** The number of expired lines before the file is rewritten without them. */
const mostOver = 1000

type Waiting = { readonly names: readonly DrawnName[]; resolve(): void; reject(error: unknown): void }

/**
 * Opens a journal for this process alone. Names that arrive together share one wait for the disk, which delays nobody
 * else. An unwritable file is retried at the next name.
 */
export const openJournal = (file: string, now: () => number): Journal => {
  const before = readJournal(file)
  const names = new Map(before?.names.map((each) => [each.name, each]))
  const present = () => [...names.values()].filter(({ until }) => until > now())
  const former = present()
  let lines = names.size
  let handle: FileHandle | undefined
  let waiting: Waiting[] = []
  let running: Promise<void> | undefined

  const append = async (group: readonly DrawnName[]): Promise<void> => {
    const isFresh = handle === undefined
    handle ??= await openDurably(file)
    // A line torn by a power cut must not swallow the next one.
    const bytes = Buffer.from(`${isFresh ? '\n' : ''}${textFor(group)}`)
    const { bytesWritten } = await handle.write(bytes)
    if (bytesWritten < bytes.length) throw new Error('its disk is full')
    for (const each of group) names.set(each.name, each)
    lines += group.length
  }

  /** Rewrites the file without expired names: under another name first, so that a kill loses nothing. */
  const prune = async (): Promise<void> => {
    for (const [name, { until }] of names) if (until + kept < now()) names.delete(name)
    if (lines - names.size < mostOver || lines < 2 * names.size) return
    const next = `${file}.next`
    const fresh = await open(next, 'w', 0o600)
    try {
      await fresh.writeFile(textFor([...names.values()]))
      await fresh.sync()
    } finally {
      await fresh.close()
    }
    await closeHandle()
    await rename(next, file)
    await flushFolder(file)
    lines = names.size
  }

  const closeHandle = async (): Promise<void> => {
    const last = handle
    handle = undefined
    await last?.close()
  }

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      const group = waiting
      waiting = []
      try {
        await append(group.flatMap((each) => each.names))
        for (const { resolve } of group) resolve()
      } catch (error) {
        await closeHandle().catch(() => {})
        for (const { reject } of group) reject(error)
      }
      await prune().catch(() => {}) // expired names harm nobody
    }
    running = undefined
  }

  return {
    ...{ former, present },
    has: (name) => names.has(name),
    note: (drawn) =>
      new Promise((resolve, reject) => {
        waiting.push({ names: drawn, resolve, reject })
        running ??= run()
      }),
    close: async () => {
      await running
      await closeHandle()
    },
  }
}

const textFor = (names: readonly DrawnName[]): string => names.map((each) => `${JSON.stringify(each)}\n`).join('')

const parsedLine = (text: string): DrawnName | undefined => {
  try {
    return line.parse(JSON.parse(text))
  } catch {
    return undefined
  }
}

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    // Never treated as empty: a restored copy would then forget access.
    throw new Error(`The journal ${file} cannot be read: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

const { O_APPEND, O_CREAT, O_WRONLY, O_DSYNC } = constants
/** A write completes when the disk has it. It runs beside the event loop, in parallel with the database's own write. */
const durably = O_APPEND | O_CREAT | O_WRONLY | O_DSYNC

/** A new file must survive a power cut. */
const openDurably = async (file: string): Promise<FileHandle> => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const handle = await open(file, durably, 0o600)
  await flushFolder(file)
  return handle
}

const flushFolder = async (file: string): Promise<void> => {
  const folder = await open(dirname(file), 'r')
  await folder.sync().finally(() => folder.close())
}
