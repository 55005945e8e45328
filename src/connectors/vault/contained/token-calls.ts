import { z } from 'zod'
import { type Secret, secret } from '../../../domain/secret.ts'
import { type Seconds, seconds } from '../../../domain/time.ts'
import { type Send, type VaultCall, vaultPath } from '../client.ts'
import { failureOf } from '../failure.ts'
import { noPatience, type Patience } from '../patience.ts'
import * as schemas from '../schemas.ts'

/** What a token role is asked for. */
export type TokenWish = {
  readonly policies: readonly string[]
  readonly ttl: Seconds
  readonly displayName: string
  readonly grant: string
  /** The person's drawn account, where tokens belong to an entity. */
  readonly alias?: string
}

const wrapped = z
  .object({
    wrap_info: z.object({
      ...{ token: z.string().min(1).transform(secret), accessor: z.string().min(1) },
      ...{ wrapped_accessor: z.string().min(1), creation_path: z.string(), ttl: z.int().nonnegative() },
    }),
  })
  .transform(({ wrap_info: info }) => ({
    ...{ wrappingToken: info.token, wrapping: info.accessor, token: info.wrapped_accessor },
    ...{ creationPath: info.creation_path, wrapTtl: seconds(info.ttl) },
  }))
/** A token in its wrapping: the accessors of both, and the wrapping token. */
export type WrappedToken = z.output<typeof wrapped>

const names = z.array(z.string()).nullish()
const looked = z
  .object({
    data: z.object({
      ...{ display_name: z.string().nullish(), path: z.string(), type: z.string(), orphan: z.boolean() },
      ...{ policies: names, identity_policies: names, external_namespace_policies: z.unknown().optional() },
      ...{ creation_ttl: z.int(), ttl: z.int(), explicit_max_ttl: z.int().nullish(), period: z.unknown().optional() },
      ...{ entity_id: z.string().nullish(), num_uses: z.int().nullish(), renewable: z.boolean().nullish() },
    }),
  })
  .transform(({ data }) => data)
/** What the vault says about a token, found by its accessor. */
export type LookedUp = z.output<typeof looked>

const roleBody = z.object({ data: z.record(z.string(), z.unknown()) }).transform(({ data }) => data)
/** A token role as the vault shows it. */
export type FoundRole = z.output<typeof roleBody>

/** The endpoints of token roles and of tokens by accessor. */
export const tokenCalls = (send: Send, correlation?: string) => {
  const make = (call: VaultCall) => send(correlation === undefined ? call : { ...call, correlation })
  const creation = (role: string, { policies, ttl, displayName, grant, alias }: TokenWish): VaultCall => ({
    method: 'POST',
    path: vaultPath('auth', 'token', 'create', role),
    body: {
      ...{ policies, ttl: `${ttl}s`, display_name: displayName, meta: { grant }, renewable: false },
      ...{ no_default_policy: true, type: 'service', ...(alias !== undefined && { entity_alias: alias }) },
    },
    repeatable: false,
    patience: noPatience,
  })
  return {
    /** Makes a token that nobody here sees. */
    async wrapped(role: string, wish: TokenWish, wrapFor: Seconds, patience: Patience = noPatience) {
      const call: VaultCall = { ...creation(role, wish), wrapFor, patience }
      return schemas.parse(wrapped, await make(call), call)
    },
    /** Makes a token for a test. */
    async open(role: string, wish: TokenWish): Promise<{ readonly token: Secret; readonly accessor: string }> {
      const call = creation(role, wish)
      return schemas.parse(schemas.loginBody, await make(call), call)
    },
    /** What the vault knows about a token; `undefined` when it is gone. */
    async lookUp(accessor: string): Promise<LookedUp | undefined> {
      const call: VaultCall = { method: 'POST', path: 'auth/token/lookup-accessor', body: { accessor } }
      const answer = await make(call)
      return answer.status >= 400 && schemas.saysGone(answer.body) ? undefined : schemas.parse(looked, answer, call)
    },
    /** Ends a token. `ended`: this call did it. `once` is never repeated, so that this is certain. */
    async revoke(accessor: string, how: 'repeatable' | 'once' = 'repeatable'): Promise<'ended' | 'gone'> {
      const call: VaultCall = {
        ...{ method: 'POST', path: 'auth/token/revoke-accessor', body: { accessor } },
        ...(how === 'once' && { repeatable: false, patience: noPatience }),
      }
      const { status, body } = await make(call)
      if (status > 299 && !schemas.saysGone(body)) throw failureOf(status, call)
      return status === 204 ? 'ended' : 'gone'
    },
    async readRole(name: string): Promise<FoundRole | undefined> {
      const call: VaultCall = { method: 'GET', path: vaultPath('auth', 'token', 'roles', name) }
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(roleBody, answer, call)
    },
  }
}
/** See `tokenCalls`. */
export type TokenCalls = ReturnType<typeof tokenCalls>

/** The path by which a role makes tokens. */
export const creationPath = (role: string): string => `auth/token/create/${role}`
