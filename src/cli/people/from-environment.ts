import { readFileSync } from 'node:fs'
import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'

/** `NAME`, else the text of the file that `NAME_FILE` names. Throws what to set it to. */
export const secretOf = ({ environment }: Pick<Io, 'environment'>, name: string, what: string): string => {
  const file = environment[`${name}_FILE`]
  const value = (environment[name] ?? (file && read(file, name)))?.trim()
  if (!value) throw usageError(`set ${name} (or ${name}_FILE) to ${what}`)
  // A header takes no other character, and its refusal would print the secret.
  if (!/^[!-~]+$/.test(value)) throw usageError(`${name}: this is not one word; set it to ${what}`)
  return value
}

const read = (file: string, name: string): string => {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw usageError(`${name}_FILE: ${file} cannot be read`)
  }
}
