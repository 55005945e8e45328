import { randomUUID } from 'node:crypto'
import { existsSync, lstatSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { messageOf } from '../../domain/message-of.ts'
import type { Checked, Database, DatabaseFile } from '../../ports.ts'
import { storeAt } from '../../store/index.ts'
import { headText } from '../audit/options.ts'
import { complaint, progress } from '../audit/verify.ts'
import { existingDatabase, type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import { CliError } from '../trouble.ts'
import { putInFreePlace, putInPlace } from './place.ts'

type BackupOptions = PlaceOptions & { readonly force?: boolean }

/** `latchkey backup` */
export const define = (command: Command, io: Io): void => {
  withPlaceOptions(command.argument('<file>', 'the file to create; it must not exist'))
    .option('--force', 'replace an existing file after the copy was checked')
    .addHelpText(
      'after',
      examples('latchkey backup /backups/latchkey.sqlite', 'latchkey backup --force /backups/newest.sqlite'),
    )
    .action((file: string, options: BackupOptions) => backUp(file, options, io))
}

/** Names the copy only after its check; until then an older copy keeps the name. */
const backUp = async (file: string, options: BackupOptions, io: Io): Promise<void> => {
  const database = wholeFile(await existingDatabase(options, io))
  const target = resolve(file)
  if (!existsSync(dirname(target))) throw new CliError(`There is no folder ${dirname(target)}.`)
  if (database.parts.some((part) => isSame(part, target)))
    throw new CliError(`${target} belongs to the database itself.`)
  if (!options.force && isThere(target)) throw new CliError(taken(target))
  const unfinished = `${target}.unfinished-${randomUUID()}`
  try {
    await speaking(() => database.copyTo(unfinished))
    const { rows, head, bytes } = await checked(wholeFile(storeAt(unfinished)), io)
    await named(target, () => (options.force ? putInPlace : putInFreePlace)(unfinished, target))
    io.say(`${target}: ${(bytes / 1024 / 1024).toFixed(1)} MiB, intact, with ${rows} audit rows.`)
    io.say(`head ${headText(head)}`)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** The file that is copied or replaced as a whole. Throws where the database has tools of its own for that. */
export const wholeFile = ({ name, file, facts }: Database): DatabaseFile => {
  if (file) return file
  if (!facts) throw new CliError(`${name} is no file, so there is nothing to copy.`)
  throw new CliError(
    `${name} is no file. Copy it with PostgreSQL's own tools, as the owner of its tables: ` +
      `pg_dump --format=custom --file=latchkey.dump ${dumpOptions(name)}`,
  )
}

/** The options of pg_dump for a database; it asks for the password. */
const dumpOptions = (name: string): string => {
  const { hostname, port, pathname } = new URL(name)
  return `--host=${decodeURIComponent(hostname)} --port=${port} --dbname=${pathname.slice(1)} --username=OWNER`
}

/** Compares the files themselves: a folder may have two names. */
const isSame = (one: string, other: string): boolean => {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (!first || !second) return one === other
  return first.ino === second.ino && first.dev === second.dev
}

/** A link that leads nowhere also exists. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const taken = (target: string): string => `${target} is there already. Choose another name, or replace it with --force.`

/** Never replaces a file that took the name while the copy was made, just as with an older one. */
const named = (target: string, give: () => void): Promise<void> =>
  speaking(() => {
    try {
      give()
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new CliError(taken(target))
      throw error
    }
  })

/** Checks a copy; every fault becomes a sentence. */
export const checked = async (copy: DatabaseFile, io: Io): Promise<Checked> => {
  const found = await speaking(() => copy.check(progress(io)))
  if (found.firstBad) throw new CliError(complaint(found, []))
  return found
}

/** Errors of the store are written for people; only their stack is hidden. */
export const speaking = async <T>(work: () => Promise<T> | T): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw new CliError(messageOf(error), undefined, error)
  }
}
