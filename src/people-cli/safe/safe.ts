import { rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Io } from '../io.ts'
import { type PipelineRun, pipelineRun } from '../session/pipeline.ts'
import { CliError } from '../trouble.ts'
import { type Content, empty } from './content.ts'
import type { Drawer } from './keyring.ts'
import { privateFolder, readPrivate, writePrivate } from './private-file.ts'

/** Where the session and the granted tokens are kept on this machine. */
export type Safe = {
  readonly file: string
  /** Present in a CI job, which has no session: it calls with the token of its run. */
  readonly run: PipelineRun | undefined
  read(): Promise<Content>
  /** Changes the content; no other command does meanwhile. `save` keeps a state in between, should the work be cut off. */
  update(change: Change): Promise<Content>
  /** Forgets everything. Answers why the keyring could not be emptied; the file is removed all the same. */
  remove(): Promise<string | undefined>
}

type Save = (content: Content) => Promise<void>
type Change = (content: Content, save: Save) => Content | Promise<Content>

/** What the file says when the content itself is in the system's keyring. */
const inKeyring = JSON.stringify({ keptIn: 'keyring' })

/** The person's safe: a private file, or the system's keyring where there is one. */
export const openSafe = ({ environment, note }: Pick<Io, 'environment' | 'note'>): Safe => {
  const folder = join(environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'), 'latchkey')
  const file = join(folder, 'session.json')
  const run = pipelineRun(environment)
  const isOff = run !== undefined || environment.LATCHKEY_KEYRING === 'off' // a CI job has no keyring of a person
  const drawer = async (): Promise<Drawer> => {
    if (environment.LATCHKEY_KEYRING === 'off') throw new Error('LATCHKEY_KEYRING=off forbids to use it')
    const { openDrawer } = await import('./keyring.ts')
    const opened = await openDrawer(file)
    if (typeof opened === 'string') throw new Error(opened)
    return opened
  }
  const withDrawer = async <T>(work: (drawer: Drawer) => T): Promise<T> => {
    try {
      return work(await drawer())
    } catch (error) {
      throw new CliError(`the session is in the keyring, but ${reasonOf(error)}`, undefined, [
        'Make the keyring usable, or run "latchkey sign-out" and sign in again.',
      ])
    }
  }
  const read = async (): Promise<Content> => {
    const text = await readPrivate(file)
    if (text === undefined) return empty
    if (text !== inKeyring) return parsed(text, file)
    return parsed((await withDrawer((opened) => opened.read())) ?? JSON.stringify(empty), file)
  }
  const write = async (content: Content): Promise<void> => {
    const text = JSON.stringify(content)
    const known = await readPrivate(file)
    if (known === inKeyring) return withDrawer((opened) => opened.write(text))
    if (known === undefined && !isOff) {
      const why = await tried(file, text)
      if (why === undefined) return writePrivate(file, inKeyring)
      note(`No keyring is used (${why}). The session is kept in ${file}, which only you can read.`)
    }
    await writePrivate(file, text)
  }
  return {
    ...{ file, run, read },
    update: async (change) => {
      await privateFolder(dirname(file))
      const { withLock } = await import('./lock.ts')
      return withLock(`${file}.lock`, async () => {
        const content = await change(await read(), write)
        await write(content)
        return content
      })
    },
    remove: async () => {
      const isElsewhere = (await readPrivate(file).catch(() => undefined)) === inKeyring
      await rm(file, { force: true })
      if (!isElsewhere) return undefined
      return drawer()
        .then((opened) => opened.remove())
        .then(() => undefined, reasonOf)
    },
  }
}

/** Puts the content into the keyring and reads it back; answers why that is not possible. */
const tried = async (account: string, text: string): Promise<string | undefined> => {
  try {
    const { openDrawer } = await import('./keyring.ts')
    const drawer = await openDrawer(account)
    if (typeof drawer === 'string') return drawer
    drawer.write(text)
    return drawer.read() === text ? undefined : 'it does not give back what it was given'
  } catch (error) {
    return reasonOf(error)
  }
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const parsed = (text: string, file: string): Content => {
  try {
    const content: Partial<Content> = JSON.parse(text)
    return { ...content, credentials: content.credentials ?? [] }
  } catch {
    throw new CliError(`${file} cannot be read: remove it, and sign in again`)
  }
}
