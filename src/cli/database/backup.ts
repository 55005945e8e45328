import { randomUUID } from 'node:crypto'
import { existsSync, lstatSync, rmSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
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
  withPlaceOptions(command.argument('<file>', 'where the copy goes; nothing may have that name yet'))
    .option('--force', 'replace what has that name, once the copy was checked')
    .addHelpText(
      'after',
      examples('latchkey backup /backups/latchkey.sqlite', 'latchkey backup --force /backups/newest.sqlite'),
    )
    .action((file: string, options: BackupOptions) => backUp(file, options, io))
}

/** The copy gets its name only once it was checked; until then an older one keeps it. */
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
    io.say(`${target}: ${(bytes / 1024 / 1024).toFixed(1)} MiB, whole, with ${rows} audit rows.`)
    io.say(`head ${headText(head)}`)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** The file that is copied or replaced as a whole. Throws where the database has tools of its own for that. */
export const wholeFile = ({ name, file }: Database): DatabaseFile => {
  if (file) return file
  throw new CliError(`${name} is no file: make and restore copies of it with its own tools.`)
}

/** By the file itself: a folder may have two names. */
const isSame = (one: string, other: string): boolean => {
  const [first, second] = [one, other].map((path) => statSync(path, { throwIfNoEntry: false }))
  if (!first || !second) return one === other
  return first.ino === second.ino && first.dev === second.dev
}

/** Also a link that leads nowhere is something. */
const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

const taken = (target: string): string => `${target} is there already. Choose another name, or replace it with --force.`

/** A file that took the name while the copy was made is no more replaced than one that had it before. */
const named = (target: string, give: () => void): Promise<void> =>
  speaking(() => {
    try {
      give()
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new CliError(taken(target))
      throw error
    }
  })

/** Checks a copy; a fault of any kind is said in a sentence. */
export const checked = async (copy: DatabaseFile, io: Io): Promise<Checked> => {
  const found = await speaking(() => copy.check(progress(io)))
  if (found.firstBad) throw new CliError(complaint(found, []))
  return found
}

/** What the store says is meant for people; only its stack is not. */
export const speaking = async <T>(work: () => Promise<T> | T): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error), undefined, error)
  }
}
