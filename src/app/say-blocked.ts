import type { Timestamp } from '../domain/time.ts'
import type { Log } from './deps.ts'

/** Nobody in chat sees why a change waits, so the log and `latchkey status` say it. */
export const sayBlocked =
  (log: Log) =>
  (since: Timestamp | undefined): void =>
    since === undefined
      ? log.info({}, 'the database can be written again')
      : log.warn({ since }, 'the database is locked by another program, or away: nothing can be written')
