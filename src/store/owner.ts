import { join } from 'node:path'
import { clientConfig } from './postgres/client-config.ts'
import { type Copied, copyInto } from './postgres/copy-in.ts'
import { look, type OwnersView } from './postgres/look.ts'
import { migrate } from './postgres/migrate.ts'
import { troubleAt } from './postgres/troubles.ts'
import type { PostgresAddress } from './postgres-address.ts'
import { sqliteSource } from './sqlite/copy-source.ts'

export type { OwnersView } from './postgres/look.ts'

const shipped = join(import.meta.dirname, '../../migrations/postgres')

/** What the owner's address finds, and what a migration would do there. Changes nothing; throws a sentence. */
export const lookAsOwner = (owner: PostgresAddress, role: string): Promise<OwnersView> =>
  speaking(owner, () => look(clientConfig(owner), role, shipped))

/** Applies what is pending, and gives the server's role its rights. Returns the names of what it applied. */
export const migrateAsOwner = (owner: PostgresAddress, role: string): Promise<readonly string[]> =>
  speaking(owner, () => migrate(clientConfig(owner), role, shipped))

/** Copies a file of SQLite into an empty database as its owner; with `isTrial`, only counts. Throws a sentence. */
export const copyAsOwner = async (
  file: string,
  owner: PostgresAddress,
  how: { readonly isTrial: boolean; onProgress(rows: number): void },
): Promise<Copied> => {
  const source = sqliteSource(file)
  try {
    return await speaking(owner, () => copyInto(clientConfig(owner), source, { ...how, folder: shipped }))
  } finally {
    source.close()
  }
}

/** Errors of the database and of the way to it become a sentence. */
const speaking = async <T>({ name }: PostgresAddress, work: () => Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (cause) {
    throw new Error(troubleAt(name, cause), { cause })
  }
}
