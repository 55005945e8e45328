import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { PostgresServer } from './postgres.ts'
import { findPostgres } from './postgres-binaries.ts'

const run = promisify(execFile)

/** Runs a program of PostgreSQL’s clients, such as pg_dump, as a person would. Returns what it printed. */
export const runClient = async (program: string, args: readonly string[]): Promise<string> => {
  const path = join(await findPostgres(), program)
  return (await run(path, [...args], { env: { PATH: process.env.PATH }, maxBuffer: 64 * 1024 * 1024 })).stdout
}

/** Runs a script as the superuser with psql, whose own commands it may contain. */
export const runScript = async (server: PostgresServer, script: string): Promise<void> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-psql-'))
  try {
    const file = join(folder, 'script.sql')
    await writeFile(file, script)
    await runClient('psql', ['--no-psqlrc', '--set', 'ON_ERROR_STOP=1', '--dbname', server.url(), '--file', file])
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
