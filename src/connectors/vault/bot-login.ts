import { createHash } from 'node:crypto'
import { type CredentialSource, credentialReader, type ReadCredentials, type TokenSource } from './credentials.ts'
import { failure } from './failure.ts'
import type { PodPlace } from './kubernetes-api.ts'
import { readLoginToken } from './login-token.ts'
import type { Login, TokenTurnedDown, VaultLogins } from './logins.ts'

/** One login with what was read for it. */
export type Attempt = {
  /** Equal for equal credentials. It opens nothing and is never shown. */
  readonly identity: string
  send(): Promise<Login | TokenTurnedDown>
}

/** How the bot logs in. */
export type BotLogin = {
  readonly way: LoginWay
  /** Such as `auth/kubernetes`. */
  readonly at: string
  /** What is sent, for operators, such as `role_id and secret_id`. */
  readonly proof: string
  /** Reads the credentials anew. Throws `bad-credentials` when there are none that could work. */
  prepare(): Promise<Attempt>
}

/** The auth method at the vault. */
export type LoginWay = 'approle' | 'kubernetes' | 'jwt'

type Surroundings = PodPlace & {
  readonly env: NodeJS.ProcessEnv
  readonly logins: VaultLogins
  readonly appRoleMount: string
}

/** The login of a configured vault. It reads nothing before its first use. */
export const botLogin = (source: CredentialSource, surroundings: Surroundings): BotLogin => {
  if (source.from === 'remote') return elsewhere(surroundings)
  if (source.from === 'token') return tokenLogin(source, surroundings)
  return appRoleLogin(credentialReader(source, surroundings), surroundings)
}

/** The login with role_id and secret_id. */
export const appRoleLogin = (
  read: ReadCredentials,
  { logins, appRoleMount }: Pick<Surroundings, 'logins' | 'appRoleMount'>,
): BotLogin => ({
  way: 'approle',
  at: `auth/${appRoleMount}`,
  proof: 'role_id and secret_id',
  prepare: async () => {
    const { roleId, secretId } = await read()
    return {
      identity: fingerprint(roleId, secretId.reveal()),
      send: () => logins.appRole(appRoleMount, roleId, secretId),
    }
  },
})

/** The login with a token that the vault checks itself. */
const tokenLogin = (source: TokenSource, { logins, now }: Pick<Surroundings, 'logins' | 'now'>): BotLogin => {
  const { way, mount, role, tokenFile } = source
  return {
    way,
    at: `auth/${mount}`,
    proof: `token in ${tokenFile}`,
    prepare: async () => {
      const token = await readLoginToken(source, now())
      return { identity: fingerprint(role, token.reveal()), send: () => logins.token(mount, role, token) }
    },
  }
}

/** A call that reaches this is a mistake: the connector beside the vault makes all calls. */
const elsewhere = ({ appRoleMount }: Surroundings): BotLogin => ({
  way: 'approle',
  at: `auth/${appRoleMount}`,
  proof: 'credentials',
  prepare: async () => {
    throw failure('bad-credentials', 'The connector beside the vault holds the credentials; only it can log in.')
  },
})

const fingerprint = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex')
