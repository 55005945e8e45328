import { randomUUID } from 'node:crypto'
import type { InstanceId, IntegrationId } from '../../domain/ids.ts'
import { after, type Seconds, type Timestamp } from '../../domain/time.ts'
import type { Send } from './client.ts'
import { type BotCredentials, isSame, type ReadCredentials } from './credentials.ts'
import type { RunStep } from './durable-file.ts'
import { failure, isFailure } from './failure.ts'
import { denialText, type Login, type VaultLogins } from './logins.ts'
import { crossed, type SecretIdPlace } from './secret-id-place.ts'
import { type Mark, markIn, type SecretIdCalls, secretIdCalls } from './secret-ids.ts'

/** The inputs of a renewal of the bot's secret_id. */
export type Rotation = {
  /** Calls without any token. */
  readonly tokenless: Send
  readonly logins: VaultLogins
  readonly appRole: { readonly mount: string; readonly role: string }
  readonly place: SecretIdPlace
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
 * Draws a new secret_id, proves it, replaces the old one in its place, and destroys the old one at the vault. After an
 * interruption at any moment the secret_id in its place works; the next run destroys the rest. Throws `not-rotatable`
 * before any call to the vault when it cannot be replaced.
 */
export const rotateSecretId = (rotation: Rotation): Promise<Swept> =>
  atWork(rotation, async (work) => {
    const { before, calls, step, inPlace } = work
    const { place } = rotation
    const swept = await tidy(work)
    const mark = { owner: rotation.owner ?? `unnamed-${randomUUID()}`, drawn: randomUUID() }
    const note = (...secretIds: readonly string[]) => place.note([markWord + mark.owner, ...secretIds], step)
    await note(before.secretId.reveal())
    const fresh = await step('make', () => calls.make(mark))
    try {
      await note(before.secretId.reveal(), fresh.reveal())
      const proof = await step('prove', () => logIn(rotation, { ...before, secretId: fresh }, 'A new secret_id'))
      await rotation.logins.revoke(proof.token).catch(() => {})
      if (!isSame(await rotation.credentials(), before)) throw crossed(place.name)
      await place.replace(fresh, step)
      if ((await inPlace()) !== fresh.reveal()) throw crossed(place.name)
    } catch (error) {
      await place.settle()
      if ((await inPlace()) !== fresh.reveal()) await calls.destroy(fresh.reveal())
      throw error
    }
    await destroyNoted(work)
    return swept
  })

/** Renews the secret_id in its place when it is this old; `next` is when to ask again. */
export const rotateWhenDue = async (rotation: Rotation, every: Seconds, now: () => Timestamp) => {
  const { place } = rotation
  await place.check()
  const due = after(await place.since(), every)
  if (now() < due) {
    if ((await place.noted()).length > 0) await atWork(rotation, tidy) // a run was killed after the replacement
    return { isRenewed: false, next: due }
  }
  await rotateSecretId(rotation)
  return { isRenewed: true, next: after(now(), every) }
}

type Work = {
  readonly place: SecretIdPlace
  readonly before: BotCredentials
  /** The mark of that secret_id. */
  readonly current: Mark | undefined
  readonly owner: string | undefined
  readonly calls: SecretIdCalls
  readonly step: RunStep
  /** The secret_id that lies in its place now. */
  readonly inPlace: () => Promise<string>
}

/** Logs in with the present credentials, while nobody else works on their place. */
const atWork = async <T>(rotation: Rotation, work: (work: Work) => Promise<T>): Promise<T> => {
  const { logins, credentials, place, owner, step = (_name, act) => act() } = rotation
  await place.check()
  let result: { readonly value: T } | undefined
  const isAlone = await place.alone(async () => {
    const before = await credentials()
    const { token, metadata } = await step('log in', () => logIn(rotation, before, `The secret_id in ${place.name}`))
    const calls = secretIdCalls(rotation.tokenless, rotation.appRole, token)
    const inPlace = async () => (await credentials()).secretId.reveal()
    const current = markIn(metadata)
    try {
      result = { value: await work({ place, before, current, owner, calls, step, inPlace }) }
    } finally {
      await logins.revoke(token).catch(() => {}) // it expires soon anyway
    }
  })
  if (!isAlone || result === undefined) throw crossed(place.name)
  return result.value
}

/** Destroys leftovers of interrupted runs: the noted secret_ids, and ours except the present one. */
const tidy = async (work: Work): Promise<Swept> => {
  const marks = (await work.place.noted()).filter((one) => one.startsWith(markWord))
  const ours = new Set(marks.map((one) => one.slice(markWord.length)))
  if (work.owner !== undefined) ours.add(work.owner)
  const swept = await sweep(work, ours).catch((error: unknown): Swept => {
    if (isFailure(error, 'denied')) return 'not-allowed'
    throw error
  })
  await destroyNoted(work)
  return swept
}

const sweep = async ({ place, calls, current, step }: Work, ours: ReadonlySet<string>): Promise<Swept> => {
  for (const accessor of await calls.accessors()) {
    const mark = await calls.markOf(accessor)
    if (!mark || !ours.has(mark.owner) || mark.drawn === current?.drawn) continue
    await place.keep()
    await step('sweep', () => calls.destroyAccessor(accessor))
  }
  return 'swept'
}

const destroyNoted = async ({ place, calls, step, inPlace }: Work): Promise<void> => {
  const current = await inPlace()
  const secretIds = (await place.noted()).filter((one) => !one.startsWith(markWord))
  for (const one of secretIds) {
    if (one === current) continue
    await place.keep()
    await step('destroy', () => calls.destroy(one))
  }
  await place.clear(step)
}

const markWord = 'made for: '

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
