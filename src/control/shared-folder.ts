import { chmod, mkdir, stat } from 'node:fs/promises'
import { messageOf } from '../domain/message-of.ts'

/** Whoever gets in may create files and remove their own; nobody but the owner lists them. */
const usualMode = 0o1733
const remedy =
  'let an administrator make it: install -d -o USER -m 1733 FOLDER, or under systemd RuntimeDirectory= (README of control/)'

/**
 * Makes the folder of the socket for other users, or checks the one that an administrator made. Without the sticky bit,
 * anybody could replace our socket.
 */
export const sharedFolder = async (folder: string): Promise<void> => {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new Error(`${folder} cannot be made here (${messageOf(error)}); ${remedy}`, { cause: error })
  })
  if (made !== undefined) await chmod(folder, usualMode)
  const { uid, mode } = await stat(folder)
  if (uid !== process.getuid?.())
    throw new Error(`${folder} belongs to the user ${uid}; give it to Latchkey’s own user`)
  const isOpen = (mode & 0o022) !== 0
  if (isOpen && (mode & 0o1000) === 0) {
    throw new Error(`others may replace files in ${folder}; set its sticky bit: chmod +t ${folder}`)
  }
}
