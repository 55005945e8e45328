import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from './domain/message-of.ts'
import { type Secret, secret } from './domain/secret.ts'

const shortest = 32
const remedy = `put ${shortest} random characters or more there, such as from: openssl rand -hex ${shortest}`

/** The key with which a receiver of rotations knows us, from the text of its file. */
export const webhookKey = (text: string, file: string): Secret => {
  const key = text.trim()
  if (key.length >= shortest) return secret(key)
  throw new Error(`the key in ${resolve(file)} is too short; ${remedy}`)
}

/** Why the file has no such key now. */
export const webhookKeyProblem = (file: string): string | undefined => {
  try {
    webhookKey(readFileSync(file, 'utf8'), file)
    return undefined
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === undefined) return messageOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${resolve(file)}; ${remedy}`
    return `${resolve(file)} cannot be read (${code}); let Latchkey’s own user read it`
  }
}
