import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'

/** Gives a finished file its name, for good: what had the name before is replaced in the same moment. */
export const putInPlace = (finished: string, target: string): void => {
  renameSync(finished, target)
  const folder = openSync(dirname(target), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The same where nothing has the name yet; throws `EEXIST` otherwise. The name is taken first, so nothing is ever lost. */
export const putInFreePlace = (finished: string, target: string): void => {
  closeSync(openSync(target, 'wx', 0o600))
  putInPlace(finished, target)
}
