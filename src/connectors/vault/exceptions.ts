import type { ExceptedBecause } from '../../domain/connector.ts'

/** What a look found that must be excepted. */
export type Exceptions = ReturnType<typeof newExceptions>

/**
 * Collects exceptions. A question costs as much as its path is deep, however many there are, because a stranger may
 * write thousands. Only the configuration has beginnings (`*`), so these are few.
 */
export const newExceptions = () => {
  const all = new Map<string, ExceptedBecause>()
  const beginnings: string[] = []
  const isBegun = (path: string) => beginnings.some((one) => path !== one && path.startsWith(one.slice(0, -1)))
  const isInFolder = (path: string) => {
    for (let end = path.indexOf('/'); end >= 0 && end < path.length - 1; end = path.indexOf('/', end + 1)) {
      if (all.has(path.slice(0, end + 1))) return true
    }
    return false
  }
  return {
    count: () => all.size,
    add: (path: string, why: ExceptedBecause) => {
      if (path.endsWith('*') && !all.has(path)) beginnings.push(path)
      all.set(path, why)
    },
    has: (path: string) => all.has(path),
    /** Whether the path begins as the configuration excludes it. */
    isBegun,
    /** Whether the path lies in an excepted folder, or begins so. */
    isInside: (path: string) => isBegun(path) || isInFolder(path),
    /** Those that lie in no other one. */
    outermost: () => [...all].flatMap(([path, why]) => (isBegun(path) || isInFolder(path) ? [] : [{ path, why }])),
  }
}
