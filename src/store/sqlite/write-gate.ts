import { ExternalError, type Opening } from '../../ports.ts'
import { type Gate, newGate } from '../gate.ts'
import { isBusy, type Queries } from './connection.ts'
import { sql } from './drizzle.ts'

/** Makes only writes wait for another process that has the database's write lock. */
export const writeGate = (queries: Queries, onBlocked?: Opening['onBlocked']): Gate => {
  const isFree = (): boolean => {
    try {
      queries.run(sql.raw('BEGIN IMMEDIATE'))
      queries.run(sql.raw('ROLLBACK'))
      return true
    } catch (error) {
      if (isBusy(error)) return false
      throw error
    }
  }
  return newGate({ isBlocked: isBusy, isFree, look: 25, refusal }, onBlocked)
}

const refusal = () =>
  new ExternalError('database-busy', 'Another program holds the write lock of the database.', { transient: true })
