import { open, readdir, readFile, readlink, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

const strangersLast = 120_000

/**
 * Runs the work unless another process works on the same file; returns whether it ran. The lock is a file beside it,
 * named after its process, so that a killed process holds nothing. Two processes that start at once may both give way.
 * We cannot see whether a process of another container is alive, so its lock counts for two minutes.
 */
export const alone = async (file: string, work: () => Promise<void>): Promise<boolean> => {
  const folder = dirname(file)
  const prefix = `.${basename(file)}.lock_`
  const own = `${prefix}${await nameOf(process.pid)}`
  try {
    await (await open(join(folder, own), 'wx', 0o600)).close()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false // this process itself
    throw error
  }
  try {
    const others = (await readdir(folder)).filter((name) => name.startsWith(prefix) && name !== own)
    for (const other of others) {
      if (await isLive(folder, prefix, other, own)) return false
      await rm(join(folder, other), { force: true })
    }
    await work()
    return true
  } finally {
    await rm(join(folder, own), { force: true })
  }
}

const isLive = async (folder: string, prefix: string, name: string, own: string): Promise<boolean> => {
  const [space, pid] = name.slice(prefix.length).split('_')
  if (space === (await processSpace())) return (await nameOf(Number(pid))) === name.slice(prefix.length)
  const [made, now] = await Promise.all([name, own].map((one) => stat(join(folder, one)).catch(() => undefined)))
  return made !== undefined && now !== undefined && now.mtimeMs - made.mtimeMs < strangersLast
}

/** A name that only one process ever has: process numbers are reused, but not with the same start time. */
const nameOf = async (pid: number): Promise<string | undefined> =>
  isRunning(pid) ? [await processSpace(), pid, await startOf(pid)].join('_') : undefined

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** The space in which process numbers are unique: the container, on this machine since its start. */
const processSpace = (): Promise<string> =>
  Promise.all([readlink('/proc/self/ns/pid'), readFile('/proc/sys/kernel/random/boot_id', 'utf8')]).then(
    // The space of a machine without containers has the same number on all machines.
    ([link, boot]) => `${link.replace(/\D/g, '')}-${boot.trim()}`,
    () => hostname().replaceAll('_', '-'),
  )

/** The start time in ticks since boot; 0 where the system does not tell. */
const startOf = (pid: number): Promise<string> =>
  readFile(`/proc/${pid}/stat`, 'utf8').then(
    (text) => text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? '0',
    () => '0',
  )
