import { existsSync, rmSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { headText } from './audit-options.ts'
import { complaint, progress } from './audit-verify.ts'
import { existingDatabase, type PlaceOptions, withPlaceOptions } from './data-folder.ts'
import type { Io } from './io.ts'
import { examples } from './options.ts'
import { CliError } from './trouble.ts'

/** `latchkey backup` */
export const define = (command: Command, io: Io): void => {
  withPlaceOptions(command.argument('<file>', 'where the copy goes; an older copy of that name is replaced'))
    .addHelpText('after', examples('latchkey backup /backups/latchkey.sqlite'))
    .action((file: string, options: PlaceOptions) => backUp(file, options, io))
}

/** The copy gets its name only once it was checked; until then an older one keeps it. */
const backUp = async (file: string, options: PlaceOptions, io: Io): Promise<void> => {
  const database = resolve(existingDatabase(options, io))
  const target = resolve(file)
  if (!existsSync(dirname(target))) throw new CliError(`There is no folder ${dirname(target)}.`)
  if ([database, `${database}-wal`, `${database}-shm`, `${database}.lock`].includes(target)) {
    throw new CliError(`${target} belongs to the database itself.`)
  }
  const { copyDatabase, putInPlace } = await import('../store/backup.ts')
  const unfinished = `${target}.unfinished-${process.pid}`
  try {
    await speaking(() => copyDatabase(database, unfinished))
    const { rows, head, bytes } = await checked(unfinished, io)
    putInPlace(unfinished, target)
    io.say(`${target}: ${(bytes / 1024 / 1024).toFixed(1)} MiB, whole, with ${rows} audit rows.`)
    io.say(`head ${headText(head)}`)
  } finally {
    rmSync(unfinished, { force: true })
  }
}

/** Checks a copy; a fault of any kind is said in a sentence. */
export const checked = async (file: string, io: Io) => {
  const { checkDatabase } = await import('../store/backup.ts')
  const found = await speaking(() => checkDatabase(file, progress(io)))
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
