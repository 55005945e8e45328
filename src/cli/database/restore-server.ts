import type { Checked, Database } from '../../ports.ts'
import { besideAt } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'
import { complaint, progress } from '../audit/verify.ts'
import { journalFile, placeIn } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { speaking } from './backup.ts'
import { examine, isMeant, noteNames, type RestoreOptions, settle } from './restore-steps.ts'

/**
 * Settles a database that PostgreSQL's own tools have restored at the same server: beside the present one, or in its
 * place. What ended since the copy is ended again before a server starts on it.
 */
export const restoreAtServer = async (name: string, options: RestoreOptions, io: Io): Promise<void> => {
  const place = placeIn(options, io)
  const copy = storeAt(await speaking(() => besideAt(place, name)))
  const present = storeAt(place)
  const other = copy.name === present.name ? undefined : present
  for (const database of [copy, ...(other ? [other] : [])])
    if (!options.dryRun && (await database.facts?.().catch(() => undefined))?.isInUse)
      throw new CliError(`A Latchkey is running on ${database.name}. Stop every process first, and wait a minute.`)
  const plan = await examine(copy, () => verified(copy, io), other, options, io)
  if (options.dryRun) return io.say('Nothing was changed.')
  if (!options.yes && !(await isMeant(io))) throw new CliError('Nothing was changed.')
  await noteNames(journalFile(options, io), plan.since)
  await settle(copy, other, name, plan)
  if (other) io.say(`Now let DATABASE_URL, and "database" in the configuration, name ${name} instead.`)
  io.say('Start every server now: each ends what its own journal knows, and together they update every chat message.')
}

/** The audit log of the copy must be whole, and the copy ready for a server. */
const verified = async (copy: Database, io: Io): Promise<Pick<Checked, 'rows' | 'head' | 'pending'>> => {
  const found = await speaking(copy.state)
  if (found.state !== 'present') throw new CliError(`There is no Latchkey's database at ${copy.name}.`)
  if (found.obstacle !== undefined) throw new CliError(found.obstacle)
  const reader = await speaking(copy.read)
  try {
    const verdict = await reader.verify([], progress(io))
    if (verdict.firstBad) throw new CliError(complaint(verdict, []))
    return { rows: verdict.rows, head: verdict.head, pending: found.pending }
  } finally {
    await reader.close()
  }
}
