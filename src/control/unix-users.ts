import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { UidOf } from '../domain/operator-role.ts'

const run = promisify(execFile)
const answerCounts = 1_000 // milliseconds
const longestWait = 5_000 // milliseconds: a directory service may be away

/** Whoever may read the database file anyway: the server's own user, and root. */
export const ownAndRoot = (): readonly number[] => [process.getuid?.() ?? -1, 0]

/** Asked anew each second, so that a removed user loses everything. `id` asks every source of the system. */
export const uidsOf = async (names: readonly string[]): Promise<UidOf> => {
  const found = new Map<string, number>()
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const uid = isNumber(name) ? Number(name) : await ask('-u', name)
      if (uid !== undefined) found.set(name, Number(uid))
    }),
  )
  return (name) => found.get(name)
}

/** The name of a user, such as for the audit log; `user 1001` where there is none. */
export const unixName = async (uid: number): Promise<string> => {
  const name = await ask('-un', String(uid))
  return name !== undefined && /^[\w.@-]{1,64}$/.test(name) && !isNumber(name) ? name : `user ${uid}`
}

const isNumber = (name: string): boolean => /^\d{1,10}$/.test(name)

const recent = new Map<string, Promise<string | undefined>>()

/** Such as `id -u alice`; the answer counts for a second, because each is a process and anybody may make us ask. */
const ask = (what: string, name: string): Promise<string | undefined> => {
  const key = `${what} ${name}`
  const known = recent.get(key)
  if (known) return known
  const asked = askNow(what, name)
  recent.set(key, asked)
  void asked.then(() => setTimeout(() => recent.delete(key), answerCounts).unref())
  return asked
}

/** `undefined` where the system knows no such user. */
const askNow = async (what: string, name: string): Promise<string | undefined> => {
  try {
    const { stdout } = await run('id', [what, '--', name], { timeout: longestWait })
    return stdout.trim()
  } catch {
    return undefined
  }
}
