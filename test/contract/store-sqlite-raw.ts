import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, beforeEach } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'

/** A folder for each test, and the database in it, through the store or past it. */
export const useFolder = () => {
  let folder = ''
  const open: Store[] = []
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-store-'))
  })
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close()
    rmSync(folder, { recursive: true })
  })
  const at = (name: string) => join(folder, name)
  return {
    at,
    store: async (migrations?: string, name = 'latchkey.db'): Promise<Store> => {
      const options = { file: at(name), newId: randomUUID, ...(migrations !== undefined && { migrations }) }
      const store = await openSqliteStore(options)
      open.push(store)
      return store
    },
    /** Statements of somebody who has the file in hand, foreign keys on. */
    raw: (...statements: readonly string[]): void => {
      const connection = new Database(at('latchkey.db'))
      try {
        connection.pragma('foreign_keys = ON')
        for (const statement of statements) connection.exec(statement)
      } finally {
        connection.close()
      }
    },
    read: (query: string): readonly unknown[] => {
      const connection = new Database(at('latchkey.db'), { readonly: true })
      try {
        return connection.prepare(query).all()
      } finally {
        connection.close()
      }
    },
  }
}
