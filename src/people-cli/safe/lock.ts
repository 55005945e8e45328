import { link, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { CliError } from '../trouble.ts'

const longest = 60_000
/** The longest that a lock is without the name of its process, which is written at once. */
const longestEmpty = 5_000
const patience = 90_000

/**
 * Does work while no other command of this person does such work. A lock is taken over when its process is gone, when
 * it is older than a minute, or when it stays empty because its process was killed.
 */
export const withLock = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  const mine = `${hostname()} ${process.pid} ${crypto.randomUUID()}`
  const deadline = Date.now() + patience
  while (!(await isTaken(file, mine))) {
    if (Date.now() > deadline) throw new CliError(`another command holds ${file}; remove it if none runs`)
    await removeStale(file)
    await delay(20 + Math.random() * 30)
  }
  try {
    return await work()
  } finally {
    if ((await contentOf(file)) === mine) await rm(file, { force: true })
  }
}

const isTaken = async (file: string, mine: string): Promise<boolean> => {
  try {
    await writeFile(file, mine, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

const contentOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '')

/** Two commands may see the same stale lock. The move has one winner; a lock that was moved wrongly is put back. */
const removeStale = async (file: string): Promise<void> => {
  const holder = await contentOf(file)
  if (!(await isStale(file, holder))) return
  const aside = `${file}.${crypto.randomUUID()}`
  await rename(file, aside).catch(() => {})
  const moved = await contentOf(aside)
  // The same file and not a copy: an empty one may just be written to.
  if (moved !== holder || !(await isStale(aside, moved))) await link(aside, file).catch(() => {})
  await rm(aside, { force: true })
}

const isStale = async (file: string, holder: string): Promise<boolean> => {
  const [host, pid] = holder.split(' ')
  const age = await stat(file).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  if (holder === '') return age > longestEmpty
  return age > longest || (host === hostname() && !isRunning(Number(pid)))
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
