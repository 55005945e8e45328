import { setImmediate as otherWork } from 'node:timers/promises'
import type { Folder, Pass, SavedLook } from '../../domain/discovery.ts'
import type { Timestamp } from '../../domain/time.ts'
import { batchesOf, type Part } from '../rows/looks.ts'
import { upsertResources } from './catalogue.ts'
import { lightly, type Queries } from './connection.ts'
import { sql } from './drizzle.ts'
import { putAhead, touch } from './passes.ts'

/** Saves looks in small transactions that nobody notices; saving a part again is harmless. */
export const saveLooks = async (
  queries: Queries,
  newId: () => string,
  pass: Pass,
  looks: readonly SavedLook[],
  now: Timestamp,
): Promise<void> => {
  for (const [index, parts] of batchesOf(looks).entries()) {
    if (index > 0) await otherWork()
    lightly(queries, (within) => save(within, newId, pass, parts, now))
  }
}

type FolderRow = { folder: Folder; number: number; looked: Timestamp; isSame: number }

const save = (queries: Queries, newId: () => string, pass: Pass, parts: readonly Part[], now: Timestamp): void => {
  const { integration, began } = pass
  const asked = JSON.stringify(parts.map(({ folder, fingerprint, count }) => [folder, fingerprint, count]))
  // The count repairs what a fingerprint cannot show: a resource that another folder claimed meanwhile.
  const rows = queries.all<FolderRow>(sql`
    SELECT DISTINCT folder, number, looked, fingerprint = value ->> 1 AND value ->> 2 = (
        SELECT count(*) FROM resources WHERE resources.folder = folders.number AND is_gone = 0 AND seen_at >= changed
      ) AS "isSame"
    FROM json_each(${asked}) CROSS JOIN folders ON integration = ${integration} AND folder = value ->> 0
    WHERE wanted = ${began}`)
  const known = new Map(rows.map((row) => [row.folder, row]))
  const open = parts.flatMap((part) => {
    const row = known.get(part.folder)
    return row && row.looked < began ? [{ ...part, row }] : []
  })
  const changed = open.filter(({ row }) => !row.isSame)
  upsertResources(
    queries,
    pass,
    now,
    newId(),
    changed.flatMap(({ found, row }) => found.map((one) => ({ ...one, folder: row.number }))),
  )
  const added = putAhead(
    queries,
    pass,
    open.flatMap(({ folders }) => folders),
  )
  const finished = open.filter(({ isLast }) => isLast)
  const marks = finished.map(({ row, fingerprint }) => [row.number, row.isSame ? 0 : 1, fingerprint])
  queries.run(sql`
    UPDATE folders SET looked = ${began}, fingerprint = value ->> 2,
      changed = CASE value ->> 1 WHEN 1 THEN ${began} ELSE changed END
    FROM json_each(${JSON.stringify(marks)}) WHERE number = value ->> 0`)
  const resources = finished.reduce((sum, { count }) => sum + count, 0)
  touch(queries, pass, now, { known: added, done: finished.length, resources })
}
