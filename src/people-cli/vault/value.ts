import { readFile } from 'node:fs/promises'
import type { Io } from '../io.ts'
import { CliError, exitCodes } from '../trouble.ts'

export type ValueOptions = { readonly value?: string; readonly valueFile?: string }

/** The object that a command shall write: from the command line, from a file, or from standard input. */
export const valueFrom = async (
  { value, valueFile }: ValueOptions,
  io: Io,
): Promise<Readonly<Record<string, unknown>>> => {
  if ((value === undefined) === (valueFile === undefined)) {
    throw new CliError('give the value once: --value JSON, --value - or --value-file FILE', exitCodes.usage)
  }
  if (valueFile !== undefined) return objectIn(await contentOf(valueFile), valueFile)
  if (value !== '-') {
    if (io.isAsked()) io.note('Your shell may keep this line in its history. With --value - nothing is kept.')
    return objectIn(value ?? '', '--value')
  }
  const typed = io.isAsked() ? await io.ask('Value (a JSON object, not shown): ', { isHidden: true }) : await io.input()
  return objectIn(typed ?? '', 'standard input')
}

const contentOf = (file: string): Promise<string> =>
  readFile(file, 'utf8').catch((error: Error) => {
    throw new CliError(`the value cannot be read: ${error.message}`, exitCodes.usage)
  })

/** The messages of the JSON parser quote the text, which is a secret, so they are not shown. */
const objectIn = (text: string, from: string): Readonly<Record<string, unknown>> => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new CliError(`${from} is not JSON, such as {"key": "value"}`, exitCodes.usage)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new CliError(`${from} must be one JSON object, such as {"key": "value"}`, exitCodes.usage)
  }
  return value as Readonly<Record<string, unknown>>
}

/** Refuses names that servers and proxies on the way would change. */
export const checkedName = (name: string): string => {
  const tidy = name.replace(/^\/+/, '')
  if (tidy === '' || tidy.endsWith('/')) throw new CliError('name a secret, such as kv/apps/db', exitCodes.usage)
  if (tidy.split('/').some((part) => part === '' || part === '.' || part === '..')) {
    throw new CliError(`${name} has an empty part, "." or ".." in it`, exitCodes.usage)
  }
  return tidy
}
