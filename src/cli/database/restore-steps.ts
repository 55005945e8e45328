import { hostname, userInfo } from 'node:os'
import { drawnSince, planRestore, type RestorePlan, settleRestore } from '../../app/after-restore.ts'
import { systemClock } from '../../clock.ts'
import type { Grant } from '../../domain/grant.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { DrawnName } from '../../domain/journal.ts'
import type { AuditHead, Checked, Database, Loaded, StoreReader } from '../../ports.ts'
import { journalFile, type PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { CliError } from '../trouble.ts'
import { speaking } from './backup.ts'
import { type JournalReport, planText } from './report.ts'

export type RestoreOptions = PlaceOptions & {
  readonly dryRun?: boolean
  readonly yes?: boolean
  readonly head?: AuditHead
  readonly anotherInstance?: boolean
}

/** Asks; without a terminal nobody is asked. */
export const isMeant = async (io: Io): Promise<boolean> => {
  const answer = await io.ask('Restore it? Type yes: ')
  return answer === undefined || /^\s*y(es)?\s*$/i.test(answer)
}

const most = 1_000_000

/** Checks the copy, compares it with the present database, and reports what a restore means. */
export const examine = async (
  copy: Database,
  check: () => Promise<Pick<Checked, 'rows' | 'head' | 'pending'>>,
  database: Database | undefined,
  options: RestoreOptions,
  io: Io,
): Promise<Meaning> => {
  const { rows, head, pending } = await check()
  const backup = await speaking(copy.read)
  const present = (await database?.exists())
    ? await database?.read().catch((error: Error) => note(io, error))
    : undefined
  try {
    await checkHead(backup, options.head)
    if (present && !options.anotherInstance && (await isOther(backup, present))) {
      throw new CliError('That is the database of another Latchkey. To use it anyway, add --another-instance.')
    }
    const then = await liveIn(backup)
    const now = present && { live: await liveIn(present), grants: await grantsIn(present, then.map(grantIdOf)) }
    const plan = planRestore(then, now)
    const journal = await journalOf(journalFile(options, io))
    const live = now?.live ?? []
    const known = await grantsIn(backup, [...journal.names.map(({ grant }) => grant), ...live.map(grantIdOf)])
    const since = drawnSince(journal.names, live, known, systemClock.now())
    const decided = present ? await decidedSince(backup, present) : 0
    io.say(
      planText({
        plan,
        rows,
        head,
        pending,
        ...{ decided, since, journal },
        ...(present && { present: await relation(backup, present) }),
      }),
    )
    return { ...plan, since }
  } finally {
    await backup.close()
    await present?.close()
  }
}

type Meaning = RestorePlan & { readonly since: readonly DrawnName[] }

/** Reads the journal; the report mentions an absent one. */
const journalOf = async (file: string | undefined): Promise<JournalReport> => {
  const { readJournal } = await import('../../store/journal.ts')
  const content = file === undefined ? undefined : await speaking(() => readJournal(file))
  const isThere = content !== undefined
  return { file: file ?? 'no file', isThere, names: content?.names ?? [], damaged: content?.damaged ?? 0 }
}

/**
 * Notes the names that only the present database knows before it is replaced. The next start deletes them at their
 * vaults.
 */
export const noteNames = async (file: string | undefined, names: readonly DrawnName[]): Promise<void> => {
  if (file === undefined) return
  const { openJournal } = await import('../../store/journal.ts')
  const journal = openJournal(file, systemClock.now)
  const missing = names.filter(({ name }) => !journal.has(name))
  if (missing.length > 0) await journal.note(missing)
  await journal.close()
}

/** Two databases that both have a log, of different instances. */
const isOther = async (backup: StoreReader, present: StoreReader): Promise<boolean> =>
  (await present.instance()) !== (await backup.instance()) && (await present.auditHead()).sequence > 0

const liveIn = (reader: StoreReader) => reader.grants({ state: 'live', limit: most })
const grantIdOf = ({ grant }: Loaded): GrantId | undefined => grant?.id

/** Those of the grants that the database knows. */
const grantsIn = async (reader: StoreReader, ids: readonly (GrantId | undefined)[]): Promise<Map<GrantId, Grant>> => {
  const known = new Map<GrantId, Grant>()
  for (const id of ids) {
    const grant = id === undefined || known.has(id) ? undefined : (await reader.requestOfGrant(id))?.grant
    if (grant) known.set(grant.id, grant)
  }
  return known
}

/** How many requests wait in the backup for a decision that was made since. */
const decidedSince = async (backup: StoreReader, present: StoreReader): Promise<number> => {
  let count = 0
  for (const { request } of await backup.requests({ state: 'pending', limit: most }))
    if ((await present.request(request.id))?.request.state !== 'pending') count += 1
  return count
}

/** An unreadable present database does not stop a restore: it may be the reason for it. */
const note = (io: Io, error: Error): undefined => {
  io.note(`The present database cannot be read, so nothing is compared: ${error.message}`)
}

const checkHead = async (backup: StoreReader, known: AuditHead | undefined): Promise<void> => {
  if (!known || (await backup.row(known.sequence))?.row.hash === known.hash) return
  throw new CliError(`The copy has no audit row ${known.sequence} with the noted hash.`)
}

/** Whether the present log continues the copy's, and by how many rows. */
const relation = async (backup: StoreReader, present: StoreReader) => {
  const [end, head] = [await backup.auditHead(), await present.auditHead()]
  const isSame = end.sequence === 0 || (await present.row(end.sequence))?.row.hash === end.hash
  return { head, rowsSince: isSame ? head.sequence - end.sequence : undefined }
}

/** Changes the copy before it takes its place: an interrupted restore leaves everything as it was. */
export const settle = async (
  copy: Database,
  database: Database | undefined,
  file: string,
  plan: RestorePlan,
): Promise<void> => {
  const replaced = database && (await database.exists()) ? await headIn(database).catch(() => undefined) : undefined
  const store = await speaking(() => copy.open({ newId: () => '' }))
  try {
    const operator = `${userName()}@${hostname()}`
    await settleRestore({ store, clock: systemClock }, plan, { operator, file, ...(replaced && { replaced }) })
  } finally {
    await store.close()
  }
}

const headIn = async (database: Database): Promise<AuditHead> => {
  const reader = await database.read()
  return reader.auditHead().finally(reader.close)
}

const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return `user ${process.getuid?.()}`
  }
}
