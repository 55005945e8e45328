import type { z } from 'zod'
import type { Secret } from '../../domain/secret.ts'
import type { Seconds } from '../../domain/time.ts'
import { type Send, type VaultCall, vaultPath } from './client.ts'
import { noPatience, patienceOfPerson } from './patience.ts'
import * as schemas from './schemas.ts'
import type { Answer } from './transport.ts'

/**
 * Why a login was refused: the credentials (400), the address of this machine (400 as well), something else (403), or a
 * missing second factor (200 without a token).
 */
export type TurnedDown = 'wrong-credentials' | 'outside-networks' | 'denied' | 'needs-mfa'
/** Of a token, the vault says more. */
export type TokenTurnedDown = TurnedDown | schemas.TokenReason

/** The possible meanings of a denial, for an operator. */
const deniedTexts: Readonly<Record<Exclude<TokenTurnedDown, 'wrong-credentials'>, string>> = {
  'outside-networks': 'this machine is outside the networks of the role (--cidr)',
  denied: 'locked, or from this address',
  'needs-mfa': 'it demands a second factor (login MFA), which the bot has not',
  'wrong-audience': 'the role expects a token for another audience',
  'token-ended': 'by its clock the token has ended, or is not valid yet',
  'not-bound': 'the role is bound to another bearer (service account, namespace, subject, issuer or claims)',
  'no-such-role': 'it has no role of this name',
}
/** A bare 403 has more meanings where the vault asks a cluster about the token. */
const bareDenials = {
  approle: deniedTexts.denied,
  kubernetes: 'the service account may be gone, or the vault could not ask the cluster about it, or this address',
  jwt: 'there is no such method, or from this address',
} as const

/** The possible meanings of a denial, for an operator. */
export const denialText = (way: keyof typeof bareDenials, as: keyof typeof deniedTexts): string =>
  as === 'denied' ? bareDenials[way] : deniedTexts[as]

/** A token and its details. The life is in seconds; 0 for a token that never expires. */
export type Login = z.infer<typeof schemas.loginBody>
/** A wrapped token, its creation path, and the accessor of the token inside. */
export type WrappedLogin = z.infer<typeof schemas.wrappedBody>

/** See `vaultLogins`. */
export type VaultLogins = ReturnType<typeof vaultLogins>

/** Calls without the bot's token: logins, wrapped tokens, and what a token may do with itself. */
export const vaultLogins = (send: Send, correlation?: string) => {
  const make = (call: VaultCall) => send(correlation === undefined ? call : { ...call, correlation })
  const logIn = async <T>(schema: z.ZodType<T>, call: VaultCall): Promise<T | TurnedDown> =>
    judged(schema, call, await make({ ...call, repeatable: false }))
  const judged = <T>(schema: z.ZodType<T>, call: VaultCall, answer: Answer): T | TurnedDown => {
    if (answer.status === 400) return schemas.namesNetworks(answer) ? 'outside-networks' : 'wrong-credentials'
    if (answer.status === 403) return 'denied'
    if (schemas.asksForMfa(answer)) return 'needs-mfa'
    return schemas.parse(schema, answer, call)
  }
  const userLogin = (mount: string, name: string, password: Secret): VaultCall => ({
    method: 'POST',
    path: vaultPath('auth', mount, 'login', name),
    body: { password: password.reveal() },
    patience: noPatience, // the caller arms the user again for each try, so that waiting makes no token live longer
  })
  const post = (path: string, token: Secret, body: object = {}): VaultCall => ({ method: 'POST', path, token, body })

  return {
    appRole(mount: string, roleId: string, secretId: Secret) {
      const body = { role_id: roleId, secret_id: secretId.reveal() }
      const path = vaultPath('auth', mount, 'login')
      return logIn(schemas.loginBody, { method: 'POST', path, body, patience: patienceOfPerson() })
    },
    /** Logs in with a token that the vault checks itself, at a Kubernetes or JWT method. */
    async token(mount: string, role: string, jwt: Secret): Promise<Login | TokenTurnedDown> {
      const path = vaultPath('auth', mount, 'login')
      const call: VaultCall = { method: 'POST', path, body: { role, jwt: jwt.reveal() }, patience: patienceOfPerson() }
      const answer = await make({ ...call, repeatable: false })
      return schemas.tokenReason(answer) ?? judged(schemas.loginBody, call, answer)
    },
    asUser: (mount: string, name: string, password: Secret) =>
      logIn(schemas.loginBody, userLogin(mount, name, password)),
    /** Logs a user in without seeing the token: returns only the wrapped token and its accessor. */
    wrapped: (mount: string, name: string, password: Secret, wrapFor: Seconds) =>
      logIn(schemas.wrappedBody, { ...userLogin(mount, name, password), wrapFor }),

    /** The path whose answer is wrapped; `undefined` for a token that was used, has expired or never existed. */
    async wrappedFrom(wrappingToken: Secret) {
      const body = { token: wrappingToken.reveal() }
      const call: VaultCall = { method: 'POST', path: 'sys/wrapping/lookup', body }
      const answer = await make(call)
      return answer.status === 400 ? undefined : schemas.parse(schemas.lookupBody, answer, call)
    },
    /** The login inside a wrapping token, which this call uses up; `undefined` when it was used before. */
    async unwrapLogin(wrappingToken: Secret) {
      const call = { ...post('sys/wrapping/unwrap', wrappingToken), repeatable: false }
      const answer = await make(call)
      return answer.status === 400 ? undefined : schemas.parse(schemas.loginBody, answer, call)
    },
    async unwrapSecretId(wrappingToken: Secret) {
      const call = { ...post('sys/wrapping/unwrap', wrappingToken), repeatable: false }
      const answer = await make(call)
      return answer.status === 400 ? undefined : schemas.parse(schemas.secretIdBody, answer, call)
    },

    /** Whether the token is live; a token that may not look itself up counts as dead. */
    async isAlive(token: Secret): Promise<boolean> {
      const { status } = await make({ method: 'GET', path: 'auth/token/lookup-self', token })
      return status === 200
    },
    /** The token's new life; `undefined` when the vault does not renew it. */
    async renew(token: Secret) {
      const call = post('auth/token/renew-self', token)
      const answer = await make(call)
      return answer.status === 400 || answer.status === 403 ? undefined : schemas.parse(schemas.loginBody, answer, call)
    },
    /** The capabilities of the token on each path; `undefined` when it may not ask. */
    async capabilities(token: Secret, paths: readonly string[]) {
      const call = post('sys/capabilities-self', token, { paths })
      const answer = await make(call)
      return answer.status === 403 ? undefined : schemas.parse(schemas.capabilitiesBody, answer, call)
    },
    /** Ends the token; a dead token is no error. */
    async revoke(token: Secret): Promise<void> {
      await make(post('auth/token/revoke-self', token))
    },
  }
}
