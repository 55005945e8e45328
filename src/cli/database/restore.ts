import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import type { Command } from 'commander'
import { drawnSince, planRestore, type RestorePlan, settleRestore } from '../../app/after-restore.ts'
import { systemClock } from '../../clock.ts'
import type { DrawnName } from '../../domain/journal.ts'
import type { AuditHead } from '../../ports.ts'
import type { Reader } from '../../store/sqlite/reading.ts'
import { headOf } from '../audit/options.ts'
import { databaseFile, journalFile, type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import { CliError } from '../trouble.ts'
import { checked, speaking } from './backup.ts'
import { type JournalReport, planText } from './report.ts'

type RestoreOptions = PlaceOptions & {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly head?: AuditHead
  readonly anotherInstance?: boolean
}

/** `latchkey restore` */
export const define = (command: Command, io: Io): void => {
  withPlaceOptions(command.argument('<file>', 'a copy made by "latchkey backup"'))
    .option('--dry-run', 'say what it would mean, and change nothing; also while the server runs')
    .option('--yes', 'do not ask, where a person could be asked')
    .option('--head <number:hash>', 'a head that was noted when the copy was made', headOf)
    .option('--another-instance', 'take the copy of another Latchkey; what this one left at the vault is then nobody’s')
    .addHelpText(
      'after',
      examples('latchkey restore --dry-run /backups/latchkey.sqlite', 'latchkey restore /backups/latchkey.sqlite'),
    )
    .action((file: string, options: RestoreOptions) => restore(file, options, io))
}

const restore = async (file: string, options: RestoreOptions, io: Io): Promise<void> => {
  const database = resolve(databaseFile(options, io))
  if (!existsSync(file)) throw new CliError(`There is no file ${file}.`)
  const store = await import('../../store/sqlite/backup.ts')
  const isRunning = await speaking(() => store.isInUse(database))
  if (isRunning && !options.dryRun) {
    throw new CliError(`A Latchkey is running on ${database}. Stop it first; --dry-run works while it runs.`)
  }
  mkdirSync(dirname(database), { recursive: true, mode: 0o700 })
  const staged = `${database}.restoring-${process.pid}`
  try {
    await speaking(() => store.copyDatabase(file, staged))
    const plan = await examine(staged, database, options, io)
    if (options.dryRun) return io.say('Nothing was changed.')
    if (!options.yes && !(await isMeant(io))) throw new CliError('Nothing was changed.')
    await noteNames(journalFile(options, io), plan.since)
    await settle(staged, database, file, plan)
    const mark = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
    const kept = await speaking(() => store.replaceDatabase(staged, database, mark))
    io.say(`${database} is restored.${kept ? ` What it replaced is kept as ${kept}.` : ''}`)
    io.say('Start the server now: it ends what has to end, and brings every chat message up to date.')
  } finally {
    for (const end of ['', '.lock', '-wal', '-shm', '-journal']) rmSync(`${staged}${end}`, { force: true })
  }
}

const isMeant = async (io: Io): Promise<boolean> => {
  const answer = await io.ask('Restore it? Type yes: ')
  return answer === undefined || /^\s*y(es)?\s*$/i.test(answer)
}

const most = 1_000_000

/** Checks the copy, compares it with what is there, and says what it means. */
const examine = async (staged: string, database: string, options: RestoreOptions, io: Io): Promise<Meaning> => {
  const { rows, head, pending } = await checked(staged, io)
  const backup = await opened(staged)
  const present = existsSync(database) ? await opened(database).catch((error: Error) => note(io, error)) : undefined
  try {
    checkHead(backup, options.head)
    const isOther = present !== undefined && present.instance() !== backup.instance() && present.head().sequence > 0
    if (isOther && !options.anotherInstance) {
      throw new CliError(
        'That is the database of another Latchkey. If it is really meant, say so with --another-instance.',
      )
    }
    const live = (of: Reader) => of.grants({ state: 'live', limit: most })
    const now = present && {
      live: live(present),
      grant: (id: string) => present.grants({ id, limit: 1 })[0]?.grant,
    }
    const plan = planRestore(live(backup), now)
    const journal = await journalOf(journalFile(options, io))
    const grantThen = (id: string) => backup.grants({ id, limit: 1 })[0]?.grant
    const since = drawnSince(journal.names, now?.live ?? [], grantThen, systemClock.now())
    const waiting = backup.requests({ state: 'pending', limit: most })
    const decided = present
      ? waiting.filter(({ request }) => present.requests({ id: request.id, limit: 1 })[0]?.request.state !== 'pending')
      : []
    io.say(
      planText({
        plan,
        rows,
        head,
        pending,
        ...{ decided: decided.length, since, journal },
        ...(present && { present: relation(backup, present) }),
      }),
    )
    return { ...plan, since }
  } finally {
    backup.close()
    present?.close()
  }
}

type Meaning = RestorePlan & { readonly since: readonly DrawnName[] }

/** The journal as it lies there; an absent one is told in the report. */
const journalOf = async (file: string | undefined): Promise<JournalReport> => {
  const { readJournal } = await import('../../store/sqlite/journal.ts')
  const content = file === undefined ? undefined : await speaking(() => readJournal(file))
  const isThere = content !== undefined
  return { file: file ?? 'no file', isThere, names: content?.names ?? [], damaged: content?.damaged ?? 0 }
}

/** What only the present database knows is noted too, before it is replaced: the next start deletes it at its vault. */
const noteNames = async (file: string | undefined, names: readonly DrawnName[]): Promise<void> => {
  if (file === undefined) return
  const { openJournal } = await import('../../store/sqlite/journal.ts')
  const journal = openJournal(file, systemClock.now)
  const missing = names.filter(({ name }) => !journal.has(name))
  if (missing.length > 0) await journal.note(missing)
  await journal.close()
}

const opened = async (file: string): Promise<Reader> => {
  const { openReader } = await import('../../store/sqlite/reading.ts')
  return speaking(() => openReader(file))
}

/** A present database that cannot be read is no reason not to restore: it may be why one restores. */
const note = (io: Io, error: Error): undefined => {
  io.note(`What is there now cannot be read, so nothing is compared: ${error.message}`)
}

const checkHead = (backup: Reader, known: AuditHead | undefined): void => {
  if (!known || backup.row(known.sequence)?.row.hash === known.hash) return
  throw new CliError(`The copy does not have the audit row ${known.sequence} with the hash that was noted.`)
}

/** Whether the present log goes on from the copy's, and by how many rows. */
const relation = (backup: Reader, present: Reader) => {
  const end = backup.head()
  const isSame = end.sequence === 0 || present.row(end.sequence)?.row.hash === end.hash
  return { head: present.head(), rowsSince: isSame ? present.head().sequence - end.sequence : undefined }
}

/** In the copy, before it takes its place: a stop half-way leaves everything as it was. */
const settle = async (staged: string, database: string, file: string, plan: RestorePlan): Promise<void> => {
  const { openSqliteStore } = await import('../../store/sqlite/store.ts')
  const replaced = existsSync(database)
    ? await opened(database)
        .then(closingHead)
        .catch(() => undefined)
    : undefined
  const store = await speaking(() => openSqliteStore({ file: staged, newId: () => '' }))
  try {
    const operator = `${userName()}@${hostname()}`
    await settleRestore({ store, clock: systemClock }, plan, { operator, file, ...(replaced && { replaced }) })
  } finally {
    await store.close()
  }
}

const closingHead = (reader: Reader): AuditHead => {
  try {
    return reader.head()
  } finally {
    reader.close()
  }
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
