import { randomBytes } from 'node:crypto'
import type { Log } from '../../app/deps.ts'

/** Logs a failure that is a bug, and returns the reference by which an administrator finds it. */
export const newReference = (log: Pick<Log, 'error'>, error: unknown): string => {
  const reference = randomBytes(2).toString('hex').toUpperCase()
  log.error({ reference, failure: error instanceof Error ? error.stack : String(error) }, 'a Teams delivery failed')
  return reference
}
