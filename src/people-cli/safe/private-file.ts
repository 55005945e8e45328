import { constants, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { quoted } from '../text.ts'
import { CliError } from '../trouble.ts'

/** The text of a file that only this person may read; `undefined` where there is none. Others' files are refused. */
export const readPrivate = async (file: string): Promise<string | undefined> => {
  let handle: FileHandle
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new CliError(code === 'ELOOP' ? `${file} is a link to another file: remove it` : message)
  }
  try {
    const { mode, uid } = await handle.stat()
    if (uid !== process.getuid?.()) throw new CliError(`${file} belongs to somebody else: remove it`)
    if (mode & 0o077) {
      const shown = (mode & 0o777).toString(8)
      throw new CliError(`${file} has mode ${shown}, so others may have read it`, undefined, [
        `Run "chmod 600 ${quoted(file)}" and "latchkey sign-out", then sign in again.`,
      ])
    }
    return await handle.readFile('utf8')
  } finally {
    await handle.close()
  }
}

/** Replaces a private file at once: a reader sees the old text or the new one, also when the machine stops meanwhile. */
export const writePrivate = async (file: string, text: string): Promise<void> => {
  await privateFolder(dirname(file))
  const fresh = `${file}.${crypto.randomUUID()}`
  try {
    const handle = await open(fresh, 'wx', 0o600)
    await handle.writeFile(text)
    await handle.sync()
    await handle.close()
    await rename(fresh, file)
  } catch (error) {
    await rm(fresh, { force: true })
    throw error
  }
}

/** Makes the folder; one in which others may put files is refused. */
export const privateFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const { mode, uid } = await stat(folder)
  if (mode & 0o022 || uid !== process.getuid?.()) {
    throw new CliError(`others may write to ${folder}: run "chmod 700 ${quoted(folder)}"`)
  }
}
