import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/** Runs one of several steps; a test kills the process before or after it. */
export type RunStep = <T>(name: string, work: () => Promise<T>) => Promise<T>
const run: RunStep = (_name, work) => work()

/**
 * Writes a text to a file so that a crash at any moment leaves the complete old or new text. Owner and mode stay; only
 * the owner can read a new file. Follows a symbolic link. Throws the file system's error and keeps the old file.
 */
export const replaceFile = async (file: string, text: string, step: RunStep = run): Promise<void> => {
  const path = await realpath(file).catch(() => file)
  const before = await stat(path).catch(() => undefined)
  const folder = dirname(path)
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  try {
    const handle = await open(temporary, 'wx', 0o600)
    try {
      await step('write', () => handle.writeFile(text))
      if (before) await keepOwner(handle, before)
      await step('sync', () => handle.sync())
    } finally {
      await handle.close()
    }
    await step('rename', () => rename(temporary, path))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await step('sync folder', () => syncFolder(folder))
}

/** Removes a file durably; a missing file is no error. */
export const removeFile = async (file: string, step: RunStep = run): Promise<void> => {
  await step('remove', () => rm(file, { force: true }))
  await syncFolder(dirname(file))
}

/** Removes temporary files of a `replaceFile` whose process was killed. */
export const removeTemporaries = async (file: string): Promise<void> => {
  const path = await realpath(file).catch(() => file)
  const isTemporary = (name: string) => name.startsWith(`.${basename(path)}.`) && /\.[0-9a-f]{12}$/.test(name)
  const left = (await readdir(dirname(path))).filter(isTemporary)
  await Promise.all(left.map((name) => rm(join(dirname(path), name), { force: true })))
}

/** Throws the file system's error unless files can be created beside this one. */
export const checkWritable = async (file: string): Promise<void> => {
  const path = await realpath(file).catch(() => file)
  const probe = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`)
  await (await open(probe, 'wx', 0o600)).close()
  await rm(probe, { force: true })
}

type Handle = Awaited<ReturnType<typeof open>>
type Owned = { readonly uid: number; readonly gid: number; readonly mode: number }

/** The process that rotates may run as another user than the reader, such as root. */
const keepOwner = async (handle: Handle, { uid, gid, mode }: Owned): Promise<void> => {
  const now = await handle.stat()
  if (now.uid !== uid || now.gid !== gid) await handle.chown(uid, gid)
  await handle.chmod(mode & 0o777)
}

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, constants.O_RDONLY)
  await handle.sync().finally(() => handle.close())
}
