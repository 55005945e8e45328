import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { InstanceId, IntegrationId } from '../../domain/ids.ts'
import type { Secret } from '../../domain/secret.ts'
import { after, type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import type { Send } from './client.ts'
import {
  type BotCredentials,
  type CredentialSource,
  isSame,
  type ReadCredentials,
  secretIdFile,
} from './credentials.ts'
import { checkWritable, type RunStep, removeFile, removeTemporaries, replaceFile } from './durable-file.ts'
import { failure, isFailure } from './failure.ts'
import { alone } from './file-lock.ts'
import { deniedText, type Login, type VaultLogins } from './logins.ts'
import { type Mark, markIn, type SecretIdCalls, secretIdCalls } from './secret-ids.ts'

/** What renewing the bot's secret_id needs. */
export type Rotation = {
  /** Calls without any token. */
  readonly bare: Send
  readonly logins: VaultLogins
  readonly appRole: { readonly mount: string; readonly role: string }
  readonly source: CredentialSource
  readonly credentials: ReadCredentials
  /** See `ownerOf`; drawn for this run where no database tells it. */
  readonly owner?: string
  readonly step?: RunStep
}

/**
 * What stands in the metadata of each secret_id that is made, so that its maker finds it again. It names the integration
 * too: two of one configuration may share a role, each with its own secret_id.
 */
export const ownerOf = (instance: InstanceId, integration: IntegrationId): string => `${instance}/${integration}`

/** Whether secret_ids that nobody knows could be looked for; `sweep-credentials` is the right for it. */
export type Swept = 'swept' | 'not-allowed'

/**
 * Draws a new secret_id, proves it, puts it in the place of the old one, and destroys the old one at the vault. Whenever
 * this is interrupted, what lies on disk works; the next run destroys what was left. Throws `not-rotatable` where nothing
 * can be put in its place, before the vault is asked for anything.
 */
export const rotateSecretId = (rotation: Rotation): Promise<Swept> =>
  atWork(rotation, async (work) => {
    const { before, calls, noted, path, step, textWith, onDisk } = work
    const swept = await tidy(work)
    const mark = { owner: rotation.owner ?? `unnamed-${randomUUID()}`, drawn: randomUUID() }
    const note = (...secretIds: readonly string[]) =>
      replaceFile(noted, `${[markWord + mark.owner, ...secretIds].join('\n')}\n`, (name, act) =>
        step(`note: ${name}`, act),
      )
    await note(before.secretId.reveal())
    const fresh = await step('make', () => calls.make(mark))
    try {
      await note(before.secretId.reveal(), fresh.reveal())
      const proof = await step('prove', () => logIn(rotation, { ...before, secretId: fresh }, 'A new secret_id'))
      await rotation.logins.revoke(proof.token).catch(() => {})
      if (!isSame(await rotation.credentials(), before)) throw crossed(path)
      await replaceFile(path, await textWith(fresh), step)
      if ((await onDisk()) !== fresh.reveal()) throw crossed(path)
    } catch (error) {
      if ((await onDisk()) !== fresh.reveal()) await calls.destroy(fresh.reveal())
      throw error
    }
    await destroyNoted(work)
    return swept
  })

/** Renews when the secret_id on disk is so old; `next` is when that is to be asked again. */
export const rotateWhenDue = async (rotation: Rotation, every: Seconds, now: () => Timestamp) => {
  const { path } = await placeOf(rotation.source)
  const due = after(timestamp(Math.floor((await stat(path)).mtimeMs)), every)
  if (now() < due) {
    if ((await linesOf(notePath(path))).length > 0) await atWork(rotation, tidy) // a run was killed behind the change
    return { isRenewed: false, next: due }
  }
  await rotateSecretId(rotation)
  return { isRenewed: true, next: after(now(), every) }
}

type Work = {
  readonly path: string
  readonly textWith: (secretId: Secret) => Promise<string>
  /** The file that says what a run has begun: the mark of its secret_ids, and those themselves. */
  readonly noted: string
  readonly before: BotCredentials
  /** The mark of the secret_id on disk. */
  readonly current: Mark | undefined
  readonly owner: string | undefined
  readonly calls: SecretIdCalls
  readonly step: RunStep
  readonly onDisk: () => Promise<string>
}

/** Logs in with what is on disk, for work that nobody else does at the same time. */
const atWork = async <T>(rotation: Rotation, work: (work: Work) => Promise<T>): Promise<T> => {
  const { logins, credentials, source, owner, step = (_name, act) => act() } = rotation
  const { path, textWith } = await placeOf(source)
  let result: { readonly value: T } | undefined
  const isAlone = await alone(path, async () => {
    const before = await credentials()
    const { token, metadata } = await step('log in', () => logIn(rotation, before, 'The secret_id on disk'))
    const calls = secretIdCalls(rotation.bare, rotation.appRole, token)
    const onDisk = async () => (await credentials()).secretId.reveal()
    const current = markIn(metadata)
    try {
      const here = { path, textWith, noted: notePath(path), before, current, owner, calls, step, onDisk }
      result = { value: await work(here) }
    } finally {
      await logins.revoke(token).catch(() => {}) // it ends by itself soon
    }
  })
  if (!isAlone || result === undefined) throw crossed(path)
  return result.value
}

/** Destroys what interrupted runs left: what they noted, and what carries our mark and is not the one on disk. */
const tidy = async (work: Work): Promise<Swept> => {
  const marks = (await linesOf(work.noted)).filter((one) => one.startsWith(markWord))
  const ours = new Set(marks.map((one) => one.slice(markWord.length)))
  if (work.owner !== undefined) ours.add(work.owner)
  const swept = await sweep(work, ours).catch((error: unknown): Swept => {
    if (isFailure(error, 'denied')) return 'not-allowed'
    throw error
  })
  await destroyNoted(work)
  return swept
}

const sweep = async ({ calls, current, step }: Work, ours: ReadonlySet<string>): Promise<Swept> => {
  for (const accessor of await calls.accessors()) {
    const mark = await calls.markOf(accessor)
    if (!mark || !ours.has(mark.owner) || mark.drawn === current?.drawn) continue
    await step('sweep', () => calls.destroyAccessor(accessor))
  }
  return 'swept'
}

const destroyNoted = async ({ noted, path, calls, step, onDisk }: Work): Promise<void> => {
  const current = await onDisk()
  const secretIds = (await linesOf(noted)).filter((one) => !one.startsWith(markWord))
  for (const one of secretIds) if (one !== current) await step('destroy', () => calls.destroy(one))
  await removeFile(noted, step)
  await removeTemporaries(path)
}

const markWord = 'made for: '
const notePath = (path: string): string => `${path}.rotating`
const crossed = (path: string) => failure('not-rotatable', `Somebody else changes ${path} at this moment.`)

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
): Promise<Login> => {
  const login = await logins.appRole(appRole.mount, roleId, secretId)
  if (login === 'wrong-credentials') throw failure('bad-credentials', `${what} is refused by the vault.`)
  if (typeof login === 'string') throw failure('login-denied', `${what} is denied by the vault: ${deniedText[login]}.`)
  return login
}

const linesOf = (file: string): Promise<readonly string[]> =>
  readFile(file, 'utf8').then(
    (text) => text.split('\n').filter((one) => one !== ''),
    () => [],
  )
