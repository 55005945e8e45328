import { readdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { type Secret, secret } from '../../domain/secret.ts'
import { failure } from './failure.ts'
import type { PodPlace } from './kubernetes-api.ts'
import { readSecret, type SecretName } from './kubernetes-secret.ts'
import type { VaultLogins } from './logins.ts'

/** The place of the bot's AppRole credentials. */
export type AppRoleSource =
  /** Files `role_id` and `secret_id` (or with hyphens), such as a mounted Kubernetes secret. */
  | { readonly from: 'folder'; readonly path: string }
  /** One JSON file: `{"role_id": ..., "secret_id": ...}`. */
  | { readonly from: 'file'; readonly path: string }
  /** The names of two environment variables. */
  | { readonly from: 'environment'; readonly roleId: string; readonly secretId: string }
  /** A file with a wrapping token, which yields the secret_id exactly once. */
  | { readonly from: 'wrapped'; readonly roleId: string; readonly tokenFile: string; readonly role: string }
  /** A Kubernetes secret with the keys `role_id` and `secret_id`, read by the pod's own service account. */
  | { readonly from: 'secret'; readonly namespace: string; readonly name: string }

/** A file with a token that the vault checks itself, such as a projected token of a service account. */
export type TokenSource = {
  readonly from: 'token'
  readonly way: 'kubernetes' | 'jwt'
  readonly mount: string
  readonly role: string
  readonly tokenFile: string
  readonly audience: string
}

/**
 * What the bot logs in with. It is read again at each login, so that a change needs no restart. `remote`: a connector
 * beside the vault logs in, and this process never does.
 */
export type CredentialSource = AppRoleSource | TokenSource | { readonly from: 'remote' }

/** Whether the bot logs in with role_id and secret_id. */
export const isAppRole = (source: CredentialSource): source is AppRoleSource =>
  source.from !== 'token' && source.from !== 'remote'

/** The bot's AppRole credentials for a login. */
export type BotCredentials = { readonly roleId: string; readonly secretId: Secret }
/** Reads the credentials again at each call. */
export type ReadCredentials = () => Promise<BotCredentials>

type Surroundings = PodPlace & {
  readonly env: NodeJS.ProcessEnv
  readonly logins: VaultLogins
  readonly appRoleMount: string
}

/**
 * Returns a function that reads the credentials. It throws `bad-credentials` with a message that never contains a
 * value.
 */
export const credentialReader = (source: AppRoleSource, surroundings: Surroundings): ReadCredentials => {
  switch (source.from) {
    case 'folder':
      return () => fromFolder(source.path)
    case 'file':
      return () => fromFile(source.path)
    case 'environment':
      return async () =>
        fromValues(surroundings.env[source.roleId], surroundings.env[source.secretId], 'the environment')
    case 'wrapped':
      return unwrapping(source, surroundings)
    case 'secret':
      return () => fromSecret(source, surroundings)
    default:
      return source satisfies never
  }
}

/** Whether the vault sees both as the same credentials. */
export const isSame = (one: BotCredentials, other: BotCredentials): boolean =>
  one.roleId === other.roleId && one.secretId.reveal() === other.secretId.reveal()

const fromFolder = async (folder: string): Promise<BotCredentials> => {
  const names = await readdir(folder).catch((): string[] => [])
  const read = async (...candidates: readonly string[]) => {
    const name = candidates.find((candidate) => names.includes(candidate))
    return name === undefined ? undefined : await text(join(folder, name))
  }
  return fromValues(
    await read('role_id', 'role-id'),
    await read('secret_id', 'secret-id'),
    `the folder ${resolve(folder)}`,
  )
}

const credentialFile = z.object({ role_id: z.string(), secret_id: z.string() })

const fromFile = async (path: string): Promise<BotCredentials> => {
  const content = await text(path)
  try {
    const { role_id, secret_id } = credentialFile.parse(JSON.parse(content))
    return fromValues(role_id, secret_id, `the file ${resolve(path)}`)
  } catch {
    throw failure('bad-credentials', `The file ${resolve(path)} is not JSON with "role_id" and "secret_id".`)
  }
}

const fromSecret = async (of: SecretName, place: PodPlace): Promise<BotCredentials> => {
  const { texts } = await readSecret(of, place)
  return fromValues(
    texts.role_id ?? texts['role-id'],
    texts.secret_id ?? texts['secret-id'],
    `the Kubernetes secret ${of.namespace}/${of.name}`,
  )
}

const fromValues = (roleId: string | undefined, secretId: string | undefined, where: string): BotCredentials => {
  const [role, id] = [roleId?.trim(), secretId?.trim()]
  if (!role) throw failure('bad-credentials', `There is no role_id in ${where}.`)
  if (!id) throw failure('bad-credentials', `There is no secret_id in ${where}.`)
  return { roleId: role, secretId: secret(id) }
}

/** Unwraps once and remembers the result; a new wrapping token in the file is unwrapped again. */
const unwrapping = (source: AppRoleSource & { from: 'wrapped' }, surroundings: Surroundings): ReadCredentials => {
  const { logins, appRoleMount } = surroundings
  const origin = `auth/${appRoleMount}/role/${source.role}/secret-id`
  let known: { wrapping: string; secretId: Secret } | undefined
  return async () => {
    const wrapping = (await text(source.tokenFile)).trim()
    if (known?.wrapping !== wrapping) {
      const from = await logins.wrappedFrom(secret(wrapping))
      if (from === undefined) throw spent(source.tokenFile)
      if (from !== origin) throw failure('wrong-creation-path', `The wrapped secret_id was not made by ${origin}.`)
      const secretId = await logins.unwrapSecretId(secret(wrapping))
      if (secretId === undefined) throw spent(source.tokenFile)
      known = { wrapping, secretId }
    }
    return { roleId: source.roleId, secretId: known.secretId }
  }
}

const spent = (file: string) =>
  failure(
    'spent-unseen',
    `The wrapping token in ${file} was used before or is too old: somebody may have the secret_id.`,
  )

const text = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch(() => {
    throw failure('bad-credentials', `The file ${path} cannot be read.`)
  })
