import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A numbered SQL file, and the hash by which a database knows that it had exactly this one. */
export type Migration = { readonly name: string; readonly sql: string; readonly hash: string }

/** The migrations that a database with this history lacks; throws for a history that is not ours. */
export const pendingIn = (folder: string, past: readonly Omit<Migration, 'sql'>[]): readonly Migration[] => {
  const files = migrationsIn(folder)
  for (const [index, { name, hash }] of past.entries()) check(files[index], name, hash)
  return files.slice(past.length)
}

const check = (file: Migration | undefined, name: string, hash: string): void => {
  if (file === undefined || file.name > name) {
    throw new Error(
      `The database was written by a newer Latchkey: this one does not know its migration ${name}. ` +
        'Start the newer version, or restore the backup made before the upgrade.',
    )
  }
  if (file.name < name) {
    throw new Error(`The migration ${file.name} was never applied, though the later ${name} was. Give it a new number.`)
  }
  if (file.hash !== hash) {
    throw new Error(
      `The migration ${name} was changed after it had been applied to this database. ` +
        'Restore the file from the release; put the change into a migration with a new number.',
    )
  }
}

const migrationsIn = (folder: string): readonly Migration[] => {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  const migrations = names.sort().map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, hash: createHash('sha256').update(sql).digest('hex') }
  })
  const misnumbered = migrations.find(({ name }, index) => Number.parseInt(name, 10) !== index + 1)
  if (misnumbered) throw new Error(`The migrations in ${folder} are not numbered without gaps at ${misnumbered.name}.`)
  return migrations
}
