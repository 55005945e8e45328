import type { Folder, Pass, SavedLook } from '../../domain/discovery.ts'
import type { Timestamp } from '../../domain/time.ts'
import { batchesOf, type Part } from '../rows/looks.ts'
import { upsertResources } from './catalogue.ts'
import { recordset } from './columns.ts'
import type { Atomically, Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { lockPass, putAhead, touch } from './passes.ts'
import { folders, resources } from './schema.ts'

/** Saves looks in small transactions that nobody notices; saving a part again is harmless. */
export const saveLooks = async (
  lightly: Atomically,
  newId: () => string,
  pass: Pass,
  looks: readonly SavedLook[],
  now: Timestamp,
): Promise<void> => {
  for (const parts of batchesOf(looks.filter(isStorable).map(storable))) {
    await lightly((within) => save(within, newId(), pass, parts, now))
  }
}

/** More bytes do not fit into an index beside type and integration. */
const longestPath = 2_000

/** Vaults refuse such names, too, as far as we know. */
const isText = (path: string): boolean =>
  path.isWellFormed() && !path.includes('\0') && Buffer.byteLength(path) <= longestPath
const isStorable = ({ folder }: SavedLook): boolean => isText(folder)
const storable = (look: SavedLook): SavedLook => ({
  ...look,
  found: look.found.filter(({ path }) => isText(path)),
  folders: look.folders.filter(isText),
})

type FolderRow = { folder: Folder; number: string; isOpen: boolean; isSame: boolean }

const save = async (
  within: Queries,
  batch: string,
  pass: Pass,
  parts: readonly Part[],
  now: Timestamp,
): Promise<void> => {
  const [, rows] = await Promise.all([lockPass(within, pass.integration), foldersOf(within, pass, parts)])
  const known = new Map(rows.map((row) => [row.folder, row]))
  const open = parts.flatMap((part) => {
    const row = known.get(part.folder)
    return row?.isOpen ? [{ ...part, row: { number: Number(row.number), isSame: row.isSame } }] : []
  })
  const changed = open.filter(({ row }) => !row.isSame)
  const found = changed.flatMap(({ found, row }) => found.map((one) => ({ ...one, folder: row.number })))
  const finished = open.filter(({ isLast }) => isLast)
  const marks = finished.map(({ row, fingerprint }) => ({ ...row, fingerprint }))
  const ahead = open.flatMap(({ folders }) => folders)
  const [added] = await Promise.all([
    putAhead(within, pass, ahead),
    upsertResources(within, pass, now, batch, found),
    within.execute(sql`
      UPDATE ${folders} AS known SET looked = ${pass.began}, fingerprint = mark.fingerprint,
        changed = CASE WHEN mark."isSame" THEN known.changed ELSE ${pass.began} END
      FROM json_to_recordset(${recordset(marks)}) AS mark (number bigint, "isSame" boolean, fingerprint text)
      WHERE known.number = mark.number`),
  ])
  const resources = finished.reduce((sum, { count }) => sum + count, 0)
  await touch(within, pass, now, { known: added, done: finished.length, resources })
}

/** The count repairs what a fingerprint cannot show: a resource that another folder claimed meanwhile. */
const foldersOf = async (
  within: Queries,
  { integration, began }: Pass,
  parts: readonly Part[],
): Promise<readonly FolderRow[]> => {
  const asked = parts.map(({ folder, fingerprint, count }) => ({ folder, fingerprint, count }))
  const shown = sql`SELECT count(*) FROM ${resources} AS one
    WHERE one.folder = known.number AND NOT one.is_gone AND one.seen_at >= known.changed`
  const { rows } = await within.execute<FolderRow>(sql`
    SELECT DISTINCT known.folder, known.number, known.looked < ${began} AS "isOpen",
      known.fingerprint = asked.fingerprint AND asked.count = (${shown}) AS "isSame"
    FROM json_to_recordset(${recordset(asked)}) AS asked (folder text, fingerprint text, count bigint)
    JOIN ${folders} AS known ON known.integration = ${integration} AND known.folder = asked.folder
    WHERE known.wanted = ${began}`)
  return rows
}
