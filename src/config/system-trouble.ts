import { ConfigError } from './read.ts'

const words: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program uses it; stop that program, or choose another',
  EADDRNOTAVAIL: 'this machine has no such address; write one of its own, or 0.0.0.0',
  EACCES: 'this user may not use it; give the rights, or choose another',
  EPERM: 'this user may not use it; give the rights, or choose another',
  ENOENT: 'there is no such folder; make it, or choose another',
  ENOTDIR: 'a part of it is a file, not a folder; choose another',
  EEXIST: 'a part of it is a file, not a folder; choose another',
  EISDIR: 'it is a folder; name a file in it',
  EROFS: 'the disk is read-only; choose another place',
  ENOSPC: 'the disk is full; free some space',
  SQLITE_CANTOPEN: 'the file cannot be opened; check that its folder exists and can be written to',
  SQLITE_READONLY: 'the file cannot be written to; give the rights, or choose another',
}

/** Does what needs a configured place. Throws a `ConfigError` with its key and the remedy where the system refuses it. */
export const atPlace = async <T>(key: string, place: string, work: () => T | Promise<T>): Promise<T> => {
  try {
    return await work()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    const sentence = words[code]
    throw sentence === undefined ? error : new ConfigError([`${key} (${place}): ${sentence} (${code})`])
  }
}
