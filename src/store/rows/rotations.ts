import type { Rotation } from '../../domain/rotation.ts'
import type { Stored } from './row.ts'

/** A secret that was read, as its table stores it. */
export type RotationRow = Stored<Rotation>

export const toRotation = (row: RotationRow): Rotation => ({
  ...{ grant: row.grant, integration: row.integration, path: row.path, state: row.state, turn: row.turn },
  ...{ tries: row.tries, looks: row.looks },
  ...(row.id !== null && { id: row.id }),
  ...(row.secret !== null && { secret: row.secret }),
  ...(row.reads !== null && { reads: row.reads }),
  ...(row.version !== null && { version: row.version }),
  ...(row.changedAt !== null && { changedAt: row.changedAt }),
  ...(row.hook !== null && { hook: row.hook }),
  ...(row.hookAt !== null && { hookAt: row.hookAt }),
  ...(row.lookAt !== null && { lookAt: row.lookAt }),
  ...(row.until !== null && { until: row.until }),
})

/** The columns that change. */
export const rotationColumns = ({ state, turn, tries, looks, ...row }: Rotation) => ({
  ...{ state, turn, tries, looks, id: row.id ?? null, secret: row.secret ?? null, reads: row.reads ?? null },
  ...{ version: row.version ?? null, changedAt: row.changedAt ?? null, hook: row.hook ?? null },
  ...{ hookAt: row.hookAt ?? null, lookAt: row.lookAt ?? null, until: row.until ?? null },
})
