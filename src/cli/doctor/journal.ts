import { accessSync, constants, existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { grantId } from '../../domain/ids.ts'
import { type DrawnName, isUnknown } from '../../domain/journal.ts'
import { type Finding, messageOf, missing, ok, optional } from '../../findings.ts'
import { readJournal } from '../../store/sqlite/journal.ts'
import { openReader } from '../../store/sqlite/reading.ts'
import { momentText } from '../audit/options.ts'

const what = 'journal of names'

/** Whether drawn names are noted outside of the database, and whether the database knows each of them. */
export const journalFindings = (file: string | undefined, database: string, now: number): readonly Finding[] => {
  if (file === undefined) return []
  try {
    const content = readJournal(file)
    const place = placeFinding(file, database)
    if (!content) return [ok(what, `${file} will be made with the first access`), ...place]
    accessSync(file, constants.W_OK)
    const live = content.names.filter(({ until }) => until > now)
    const torn = content.damaged > 0 ? `, ${content.damaged} lines that cannot be read` : ''
    return [
      ok(what, `${file}: ${live.length} names whose time is not up${torn}`),
      ...unknownFinding(live, database),
      ...place,
    ]
  } catch (error) {
    return [
      missing(what, messageOf(error), 'let the user of the server read and write it: no access is given without it'),
    ]
  }
}

const placeFinding = (file: string, database: string): readonly Finding[] =>
  dirname(file) === dirname(database)
    ? [
        optional(
          what,
          'it lies beside the database',
          'name another disk with `journal`: who loses one then keeps the other',
        ),
      ]
    : []

/** A running server deletes them within moments of its start; they stand there longer only while a vault is away. */
const unknownFinding = (names: readonly DrawnName[], database: string): readonly Finding[] => {
  if (!existsSync(database)) return []
  const reader = openReader(database)
  try {
    const grantNow = (id: string) => reader.grants({ id: grantId(id), limit: 1 })[0]?.grant
    // Of a grant that is known and lives, names that were replaced stand here too: they are gone already.
    const unknown = names.filter((each) => isUnknown(each, grantNow(each.grant)) && !grantNow(each.grant))
    const last = unknown.reduce((latest, { until }) => Math.max(latest, until), 0)
    return unknown.length === 0
      ? []
      : [
          missing(
            what,
            `${unknown.length} names that the database does not know; they may live until ${momentText(last)}`,
            'start the server: it deletes them at their vaults',
          ),
        ]
  } finally {
    reader.close()
  }
}
