import { readFile, stat } from 'node:fs/promises'
import type { Secret } from '../../domain/secret.ts'
import { after, type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import * as answers from './answers.ts'
import { type Send, type VaultCall, vaultPath } from './client.ts'
import {
  type BotCredentials,
  type CredentialSource,
  isSame,
  type ReadCredentials,
  secretIdFile,
} from './credentials.ts'
import { checkWritable, type RunStep, removeFile, removeTemporaries, replaceFile } from './durable-file.ts'
import { failure, failureOf } from './failure.ts'
import type { VaultLogins } from './logins.ts'

/** What renewing the bot's secret_id needs. */
export type Rotation = {
  /** Calls without any token. */
  readonly bare: Send
  readonly logins: VaultLogins
  readonly appRole: { readonly mount: string; readonly role: string }
  readonly source: CredentialSource
  readonly credentials: ReadCredentials
  readonly step?: RunStep
}

/**
 * Draws a new secret_id, proves it, puts it in the place of the old one, and destroys the old one at the vault. Whenever
 * this is interrupted, what lies on disk works; the next run destroys what was left. Throws `not-rotatable` where nothing
 * can be put in its place, before the vault is asked for anything.
 */
export const rotateSecretId = async (rotation: Rotation): Promise<void> => {
  const { logins, credentials, source, step = (_name, work) => work() } = rotation
  const { path, textWith } = await placeOf(source)
  const before = await credentials()
  const token = await step('log in', () => logIn(rotation, before, 'The secret_id on disk'))
  const calls = secretIdCalls(rotation, token)
  const noted = `${path}.rotating`

  const onDisk = async () => (await credentials()).secretId.reveal()
  const destroyNoted = async () => {
    const current = await onDisk()
    for (const one of await linesOf(noted)) if (one !== current) await step('destroy', () => calls.destroy(one))
    await removeFile(noted, step)
    await removeTemporaries(path)
  }
  try {
    await destroyNoted() // what an interrupted run left
    const fresh = await step('make', calls.make)
    try {
      const both = `${before.secretId.reveal()}\n${fresh.reveal()}\n`
      await replaceFile(noted, both, (name, work) => step(`note: ${name}`, work))
      const proof = await step('prove', () => logIn(rotation, { ...before, secretId: fresh }, 'A new secret_id'))
      await logins.revoke(proof).catch(() => {})
      if (!isSame(await credentials(), before)) throw crossed(path)
      await replaceFile(path, await textWith(fresh), step)
      if ((await onDisk()) !== fresh.reveal()) throw crossed(path)
    } catch (error) {
      if ((await onDisk()) !== fresh.reveal()) await calls.destroy(fresh.reveal())
      throw error
    }
    await destroyNoted()
  } finally {
    await logins.revoke(token).catch(() => {}) // it ends by itself soon
  }
}

const crossed = (path: string) => failure('not-rotatable', `Somebody else changes ${path} at this moment.`)

/** Renews when the secret_id on disk is so old; `next` is when that is to be asked again. */
export const rotateWhenDue = async (rotation: Rotation, every: Seconds, now: () => Timestamp) => {
  const { path } = await placeOf(rotation.source)
  const due = after(timestamp(Math.floor((await stat(path)).mtimeMs)), every)
  if (now() < due) return { isRenewed: false, next: due }
  await rotateSecretId(rotation)
  return { isRenewed: true, next: after(now(), every) }
}

const placeOf = async (source: CredentialSource) => {
  const place = await secretIdFile(source)
  if (!place) {
    throw failure(
      'not-rotatable',
      'Only credentials in a folder or file can be renewed, not those in the environment or wrapped.',
    )
  }
  await checkWritable(place.path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : 'failed'
    throw failure(
      'not-rotatable',
      `${place.path} cannot be replaced (${code}): a mounted secret is renewed where it comes from.`,
    )
  })
  return place
}

const logIn = async (
  { logins, appRole }: Rotation,
  { roleId, secretId }: BotCredentials,
  what: string,
): Promise<Secret> => {
  const login = await logins.appRole(appRole.mount, roleId, secretId)
  if (login === 'wrong-credentials') throw failure('bad-credentials', `${what} is refused by the vault.`)
  if (login === 'denied') throw failure('login-denied', `${what} is denied by the vault: locked, or from this address.`)
  return login.token
}

const secretIdCalls = ({ bare, appRole }: Rotation, token: Secret) => {
  const path = vaultPath('auth', appRole.mount, 'role', appRole.role, 'secret-id')
  return {
    make: async (): Promise<Secret> => {
      const call: VaultCall = { method: 'POST', path, token, body: {}, repeatable: false }
      return answers.parse(answers.secretIdBody, await bare(call), call)
    },
    /** One that the vault does not know any more is fine. */
    destroy: async (secretId: string): Promise<void> => {
      const call: VaultCall = { method: 'POST', path: `${path}/destroy`, token, body: { secret_id: secretId } }
      const { status } = await bare(call)
      if (status > 299 && status !== 404) throw failureOf(status, call)
    },
  }
}

const linesOf = (file: string): Promise<readonly string[]> =>
  readFile(file, 'utf8').then(
    (text) => text.split('\n').filter((one) => one !== ''),
    () => [],
  )
