/** A value of a row as a database stores it; flags of SQLite are 0 and 1. */
export type Stored = string | number | null

/** A whole database, read for a copy into another one. Nobody can change it until `close`. */
export type CopySource = {
  /** The columns of a table; `undefined` without the table. */
  columnsOf(table: string): readonly string[] | undefined
  count(table: string): number
  /** The rows one after the other. */
  rows(table: string, columns: readonly string[]): Iterable<readonly Stored[]>
  close(): void
}

/** What is only of the process or database that has it, and is never copied. */
export const notCopied: readonly string[] = ['migrations', 'audit_waiting']
