import { existsSync } from 'node:fs'
import { storeAt } from '../../store/index.ts'
import { databaseOf, journalFile } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { checked, speaking, wholeFile } from './backup.ts'
import { examine, isMeant, noteNames, type RestoreOptions, settle } from './restore-steps.ts'

/** Puts a copy of a file in the place of the database, while no server runs on it. The former one is kept. */
export const restoreFile = async (file: string, options: RestoreOptions, io: Io): Promise<void> => {
  const database = databaseOf(options, io)
  const target = wholeFile(database)
  if (!existsSync(file)) throw new CliError(`There is no file ${file}.`)
  if ((await speaking(target.isInUse)) && !options.dryRun) {
    throw new CliError(`A Latchkey is running on ${target.path}. Stop it first; --dry-run works while it runs.`)
  }
  const copy = storeAt(`${target.path}.restoring-${process.pid}`)
  const staged = wholeFile(copy)
  try {
    await speaking(() => wholeFile(storeAt(file)).copyTo(staged.path))
    const plan = await examine(copy, () => checked(staged, io), database, options, io)
    if (options.dryRun) return io.say('Nothing was changed.')
    if (!options.yes && !(await isMeant(io))) throw new CliError('Nothing was changed.')
    await noteNames(journalFile(options, io), plan.since)
    await settle(copy, database, file, plan)
    const mark = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const kept = await speaking(() => target.replaceWith(staged.path, mark))
    io.say(`${target.path} is restored.${kept ? ` The replaced database is kept as ${kept}.` : ''}`)
    io.say('Start the server now: it ends access that has to end, and updates every chat message.')
  } finally {
    staged.remove()
  }
}
