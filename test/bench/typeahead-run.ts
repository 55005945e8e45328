// One program's searches, in a process of its own: fills its database, lets people type, and prints one line of JSON.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { secretsOf, type Tree } from './discovery-tree.ts'
import { median, percentile } from './figures.ts'

export type Typing = {
  /** The checkout whose store is measured. */
  readonly root: string
  readonly database: string
  readonly tree: Tree
  readonly people: number
  /** How many texts each person types. */
  readonly texts: number
}
export type TypingFigures = {
  readonly p50: number
  readonly p99: number
  readonly worst: number
  /** The longest time in which the process could do nothing else, in milliseconds. */
  readonly held: number
  readonly searches: number
  readonly megabytes: number
}

/** What both versions of the store have; they were compiled at different times, so no type is shared. */
type AnyStore = {
  openPass(integration: string, opening: object): Promise<unknown>
  saveLooks(pass: unknown, looks: readonly object[], now: number): Promise<void>
  closePass(pass: unknown, now: number): Promise<number | undefined>
  findResources(integrations: readonly string[], words: string, limit: number): Promise<readonly unknown[]>
  close(): Promise<void>
}

const typing: Typing = JSON.parse(process.argv[2] ?? '{}')
const pause = 100

/** What people type, letter by letter. */
const typed = [
  'payments',
  'pay data',
  'team-7 red',
  'database-0',
  'billing oauth',
  'x',
  'kv',
  'webhook-4 team-3',
  'signing',
  'nothing-like-it',
]

const openIt = async (): Promise<AnyStore> => {
  const places = ['src/store/sqlite/store.ts', 'src/store/sqlite.ts'].map((place) => join(typing.root, place))
  const { openSqliteStore } = await import(places.find(existsSync) ?? '')
  let drawn = 0
  const newId = () => (drawn++).toString(16).padStart(32, '0')
  return openSqliteStore({ file: typing.database, newId })
}

/** As one pass of discovery leaves it. */
const fill = async (store: AnyStore): Promise<void> => {
  const looks = new Map<string, object[]>()
  for (const { path, owner } of secretsOf(typing.tree)) {
    const folder = `kv/${path.slice(0, path.lastIndexOf('/') + 1)}`
    const found = looks.get(folder) ?? []
    looks.set(folder, found)
    found.push({ type: 'secret', path: `kv/${path}`, permissions: ['read', 'read-write'], ownerTag: owner })
  }
  const now = Date.now()
  const roots = [...looks.keys()]
  const pass = await store.openPass('bench', { now, since: now, ownerKey: 'owner', roots })
  const all = [...looks].map(([folder, found]) => ({ folder, found, folders: [] }))
  for (let from = 0; from < all.length; from += 200) await store.saveLooks(pass, all.slice(from, from + 200), now)
  if ((await store.closePass(pass, now)) === undefined) throw new Error('the pass is not complete')
}

const isFilled = existsSync(typing.database)
const store = await openIt()
if (!isFilled) await fill(store)

const times: number[] = []
const person = async (index: number): Promise<void> => {
  await delay((index * pause) / typing.people)
  for (let text = 0; text < typing.texts; text += 1) {
    const words = typed[(index + text) % typed.length] ?? ''
    for (let length = 1; length <= words.length; length += 1) {
      const pressed = performance.now()
      await store.findResources(['bench'], words.slice(0, length), 100)
      times.push(performance.now() - pressed)
      await delay(pause)
    }
  }
}
await store.findResources(['bench'], 'warms up', 100)
const loop = monitorEventLoopDelay({ resolution: 1 })
loop.enable()
await Promise.all(Array.from({ length: typing.people }, (_, index) => person(index)))
loop.disable()
await store.close()
const figures: TypingFigures = {
  p50: median(times),
  p99: percentile(times, 0.99),
  worst: Math.max(...times),
  held: loop.max / 1e6,
  searches: times.length,
  megabytes: process.resourceUsage().maxRSS / 1024,
}
console.log(JSON.stringify(figures))
process.exit(0)
