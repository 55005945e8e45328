import type { Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { statement } from './statement.ts'

const mostKept = 1_000

/**
 * Keeps what reads found until a row changes. SQLite itself says when: it counts the changed rows of its connection, and
 * the commits of others. So no write can be forgotten here. Where fifty people use the card of one request at the same
 * moment, the request is read once. Never use it within a transaction, which may be undone.
 */
export const whileUnchanged = (queries: Queries) => {
  let apart = 0
  let seen = ''
  const forgets: (() => void)[] = []
  const own = (): number => changesOf(queries).get()?.own ?? 0
  const look = (): void => {
    const { own: changed = 0, others = 0 } = changesOf(queries).get() ?? {}
    const now = `${changed - apart} ${others}`
    if (now !== seen) for (const forget of forgets) forget()
    seen = now
  }
  return {
    keep: <Given extends readonly (string | number)[], Value>(
      read: (...given: Given) => Value,
    ): ((...given: Given) => Value) => {
      const kept = new Map<string, Value>()
      forgets.push(() => kept.clear())
      return (...given) => {
        look()
        const key = JSON.stringify(given)
        const known = kept.get(key)
        if (known !== undefined) return known
        const found = read(...given)
        if (kept.size < mostKept) kept.set(key, found)
        return found
      }
    },
    /** A write on which no kept read depends. */
    apart: <T>(write: () => T): T => {
      const before = own()
      try {
        return write()
      } finally {
        apart += own() - before
      }
    },
  }
}

const changesOf = statement((queries) =>
  queries
    .select({ own: sql<number>`total_changes()`, others: sql<number>`data_version` })
    .from(sql`pragma_data_version`)
    .prepare(),
)
