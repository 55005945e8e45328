import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A new name for the file with which one client proves its user. */
export const newProof = (): string => `.control-${randomBytes(16).toString('hex')}`

/**
 * The client's side: the kernel records who created the file. It is readable, because root may ask another user's
 * server.
 */
export const prove = async (folder: string, proof: string): Promise<void> => {
  const file = await open(join(folder, proof), 'wx', 0o644)
  try {
    await file.chmod(0o644) // independent of root's umask
    await file.writeFile(proof)
  } finally {
    await file.close()
  }
}

/**
 * The user id of the creator of the file, or `undefined`. Node cannot ask a socket for its peer, so we ask the file
 * system. The content check excludes a foreign file moved here. The mode excludes one into which others could write that
 * content first; `nlink === 1` excludes a hard link.
 */
export const proved = async (folder: string, proof: string): Promise<number | undefined> => {
  const path = join(folder, proof)
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    try {
      const { uid, nlink, size, mode } = await file.stat()
      const isWhole =
        nlink === 1 && (mode & 0o022) === 0 && size === proof.length && (await file.readFile('utf8')) === proof
      return isWhole ? uid : undefined
    } finally {
      await file.close()
      await rm(path, { force: true })
    }
  } catch {
    return undefined
  }
}

/** Removes proofs whose client never returned. */
export const removeProofs = async (folder: string): Promise<void> => {
  const names = await readdir(folder)
  const stale = names.filter((name) => /^\.control-[0-9a-f]{32}$/.test(name))
  await Promise.all(stale.map((name) => rm(join(folder, name), { force: true })))
}
