import { randomUUID } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { InstanceId, IntegrationId } from '../../domain/ids.ts'
import type { Secret } from '../../domain/secret.ts'
import { after, type Seconds, type Timestamp, timestamp } from '../../domain/time.ts'
import type { Send } from './client.ts'
import { type AppRoleSource, type BotCredentials, isSame, type ReadCredentials, secretIdFile } from './credentials.ts'
import { checkWritable, type RunStep, removeFile, removeTemporaries, replaceFile } from './durable-file.ts'
import { failure, isFailure } from './failure.ts'
import { alone } from './file-lock.ts'
import { denialText, type Login, type VaultLogins } from './logins.ts'
import { type Mark, markIn, type SecretIdCalls, secretIdCalls } from './secret-ids.ts'

/** The inputs of a renewal of the bot's secret_id. */
export type Rotation = {
  /** Calls without any token. */
  readonly tokenless: Send
  readonly logins: VaultLogins
  readonly appRole: { readonly mount: string; readonly role: string }
  readonly source: AppRoleSource
  readonly credentials: ReadCredentials
  /** See `ownerOf`; drawn for this run when no database is readable. */
  readonly owner?: string
  readonly step?: RunStep
}

/**
 * The metadata of each new secret_id, so that its maker finds it again. It includes the integration, because two
 * integrations may share a role with separate secret_ids.
 */
export const ownerOf = (instance: InstanceId, integration: IntegrationId): string => `${instance}/${integration}`

/** Whether the vault could be searched for unknown secret_ids; that needs the right `sweep-credentials`. */
export type Swept = 'swept' | 'not-allowed'

/**
 * Draws a new secret_id, proves it, replaces the old one on disk, and destroys the old one at the vault. After an
 * interruption at any moment the secret_id on disk works; the next run destroys the rest. Throws `not-rotatable` before
 * any call when the file cannot be replaced.
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

/** Renews the secret_id on disk when it is this old; `next` is when to ask again. */
export const rotateWhenDue = async (rotation: Rotation, every: Seconds, now: () => Timestamp) => {
  const { path } = await placeOf(rotation.source)
  const due = after(timestamp(Math.floor((await stat(path)).mtimeMs)), every)
  if (now() < due) {
    if ((await linesOf(notePath(path))).length > 0) await atWork(rotation, tidy) // a run was killed after the replacement
    return { isRenewed: false, next: due }
  }
  await rotateSecretId(rotation)
  return { isRenewed: true, next: after(now(), every) }
}

type Work = {
  readonly path: string
  readonly textWith: (secretId: Secret) => Promise<string>
  /** The file that notes an unfinished run: the mark of its secret_ids, and the secret_ids. */
  readonly noted: string
  readonly before: BotCredentials
  /** The mark of the secret_id on disk. */
  readonly current: Mark | undefined
  readonly owner: string | undefined
  readonly calls: SecretIdCalls
  readonly step: RunStep
  readonly onDisk: () => Promise<string>
}

/** Logs in with the credentials on disk, under a lock on their file. */
const atWork = async <T>(rotation: Rotation, work: (work: Work) => Promise<T>): Promise<T> => {
  const { logins, credentials, source, owner, step = (_name, act) => act() } = rotation
  const { path, textWith } = await placeOf(source)
  let result: { readonly value: T } | undefined
  const isAlone = await alone(path, async () => {
    const before = await credentials()
    const { token, metadata } = await step('log in', () => logIn(rotation, before, 'The secret_id on disk'))
    const calls = secretIdCalls(rotation.tokenless, rotation.appRole, token)
    const onDisk = async () => (await credentials()).secretId.reveal()
    const current = markIn(metadata)
    try {
      const here = { path, textWith, noted: notePath(path), before, current, owner, calls, step, onDisk }
      result = { value: await work(here) }
    } finally {
      await logins.revoke(token).catch(() => {}) // it expires soon anyway
    }
  })
  if (!isAlone || result === undefined) throw crossed(path)
  return result.value
}

/** Destroys leftovers of interrupted runs: the noted secret_ids, and ours except the one on disk. */
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

const placeOf = async (source: AppRoleSource) => {
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
  if (typeof login === 'string')
    throw failure('login-denied', `${what} is denied by the vault: ${denialText('approle', login)}.`)
  return login
}

const linesOf = (file: string): Promise<readonly string[]> =>
  readFile(file, 'utf8').then(
    (text) => text.split('\n').filter((one) => one !== ''),
    () => [],
  )
