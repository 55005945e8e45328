import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Database, DatabaseFile } from '../../ports.ts'
import { inMemory, storeFolder, storeJournal } from '../address.ts'

/** The SQLite database of a path, or one in memory. */
export const sqliteAt = (address: string): Database => ({
  name: address,
  folder: storeFolder(address),
  journal: storeJournal(address),
  exists: async () => address !== inMemory && existsSync(address),
  open: async (opening) => (await import('./store.ts')).openSqliteStore({ ...opening, file: address }),
  read: async () => (await import('./reading.ts')).readSqlite(address),
  state: async () => (await import('./inspect.ts')).stateOf(address),
  ...(address !== inMemory && { file: fileAt(resolve(address)) }),
})

const fileAt = (path: string): DatabaseFile => {
  const parts = ['', '-wal', '-shm', '-journal', '.lock'].map((end) => `${path}${end}`)
  const backup = () => import('./backup.ts')
  return {
    path,
    parts,
    copyTo: async (target) => (await backup()).copyDatabase(path, target),
    check: async (onProgress) => (await backup()).checkDatabase(path, onProgress),
    isInUse: async () => (await backup()).isInUse(path),
    replaceWith: async (finished, mark) => (await backup()).replaceDatabase(finished, path, mark),
    remove: () => {
      for (const part of parts) rmSync(part, { force: true })
    },
  }
}
