import { lstat, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { checkWritable } from '../../connectors/vault/durable-file.ts'
import type { Io } from '../io.ts'
import { CliError, exitCodes, usageError } from '../trouble.ts'

/** Asks before files are replaced. Throws when they must stay, or when nobody can be asked. */
export const mayReplace = async (
  paths: readonly string[],
  { force }: { readonly force?: boolean },
  io: Io,
): Promise<void> => {
  const all = await Promise.all(paths.map(async (path) => ((await exists(path)) ? [path] : [])))
  const there = all.flat().map((path) => basename(path))
  if (there.length === 0 || force) return
  const typed = await isYes(
    io,
    `${there.join(' and ')} exist${there.length === 1 ? 's' : ''}. Replace? Type yes [no]: `,
  )
  if (typed === undefined) throw usageError(`${there.join(' and ')} would be replaced: add --force, or choose --config`)
  if (!typed) throw new CliError('nothing was written')
}

/** Told before the questions, not after them. */
export const writable = (folder: string): Promise<void> =>
  checkWritable(join(folder, 'latchkey.yaml')).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : error
    throw new CliError(`${folder} cannot be written to (${code}); choose another place with --config`)
  })

/** Also for a link that leads nowhere: it would be written through. */
const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  )

/** `undefined` where nobody can answer. */
export const isYes = async (
  io: Io,
  question: string,
  instead = 'nothing was written',
): Promise<boolean | undefined> => {
  const typed = await io.ask(question).catch((error: unknown) => {
    const isInterrupted = error instanceof CliError && error.exitCode === exitCodes.interrupted
    throw isInterrupted ? new CliError(instead, exitCodes.interrupted) : error
  })
  return typed === undefined ? undefined : /^\s*y(es)?\s*$/i.test(typed)
}

/** A new file in place of what is there: neither its mode nor the target of a link counts. */
export const writeAnew = async (path: string, content: string | Uint8Array, mode: number): Promise<void> => {
  await rm(path, { force: true })
  await writeFile(path, content, { mode, flag: 'wx' })
}
