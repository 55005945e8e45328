import { accessSync, constants } from 'node:fs'
import { dirname } from 'node:path'
import type { GrantId } from '../../domain/ids.ts'
import type { DrawnName } from '../../domain/journal.ts'
import { messageOf } from '../../domain/message-of.ts'
import { type Finding, missing, ok, optional } from '../../findings.ts'
import type { StorePlace } from '../../store/address.ts'
import { storeAt } from '../../store/index.ts'
import { readJournal } from '../../store/journal.ts'
import { momentText } from '../audit/options.ts'

const what = 'journal of names'

/** Checks that the journal notes drawn names, and that the database knows each of them. */
export const journalFindings = async (
  file: string | undefined,
  database: StorePlace,
  now: number,
): Promise<readonly Finding[]> => {
  if (file === undefined) return []
  try {
    const content = readJournal(file)
    const place = placeFinding(file, database)
    if (!content) return [ok(what, `${file} will be created with the first access`), ...place]
    accessSync(file, constants.W_OK)
    const live = content.names.filter(({ until }) => until > now)
    const torn = content.damaged > 0 ? `, ${content.damaged} unreadable lines` : ''
    return [
      ok(what, `${file}: ${live.length} names may still be in use${torn}`),
      ...(await unknownFinding(live, database)),
      ...place,
    ]
  } catch (error) {
    return [
      missing(
        what,
        messageOf(error),
        'let the user of the server read and write it: Latchkey gives no access without it',
      ),
    ]
  }
}

/** Only a file lies beside its journal: PostgreSQL keeps its data elsewhere. */
const placeFinding = (file: string, database: StorePlace): readonly Finding[] => {
  const { folder, file: itself } = storeAt(database)
  return itself && dirname(file) === folder
    ? [
        optional(
          what,
          'it is beside the database',
          'name a place on another disk with `journal`: one lost disk then costs only one of them',
        ),
      ]
    : []
}

/** A running server deletes unknown names soon after its start. They stay longer only while a vault is away. */
const unknownFinding = async (names: readonly DrawnName[], place: StorePlace): Promise<readonly Finding[]> => {
  const database = storeAt(place)
  if (!(await database.exists())) return []
  const reader = await database.read()
  try {
    const known = new Set<GrantId>()
    for (const { grant } of names) if (await reader.requestOfGrant(grant)) known.add(grant)
    // A known, live grant may have names here that were replaced: those are gone already.
    const unknown = names.filter(({ grant }) => !known.has(grant))
    const last = unknown.reduce((latest, { until }) => Math.max(latest, until), 0)
    return unknown.length === 0
      ? []
      : [
          missing(
            what,
            `${unknown.length} names that the database does not know; they may live until ${momentText(last)}`,
            'start the server: it deletes these names at their vaults',
          ),
        ]
  } finally {
    await reader.close()
  }
}
