import { z } from 'zod'
import { type Seconds, seconds } from '../../domain/time.ts'
import type { Workload } from '../../domain/workload.ts'
import { type Send, type VaultCall, vaultPath } from './client.ts'
import { failureOf } from './failure.ts'
import type { VaultParams } from './params.ts'
import * as schemas from './schemas.ts'
import { usualApproleMount } from './workload-params.ts'

/** The settings of a role, as the vault's API names them. Every field is sent, so that no default widens it. */
export type RoleSettings = Readonly<Record<string, string | number | boolean | readonly string[] | object>>

/** Where the workload logs in. */
export const mountOf = ({ workloads }: Pick<VaultParams, 'workloads'>, workload: Workload): string =>
  'mount' in workload ? workload.mount : (workloads?.approleMount ?? usualApproleMount)

/** How long a login is possible, and how long its token lives. */
export type Lives = { readonly login: Seconds; readonly token: Seconds }

const longestToken = 3600
const longestWait = 3600

/**
 * A job's secret_id and token together live no longer than the access, even if nobody ends it. Others log in again and
 * again, so their tokens are short.
 */
export const livesOf = (workload: Workload, left: Seconds): Lives => {
  if (workload.kind !== 'job') return { login: left, token: seconds(Math.min(left, longestToken)) }
  const login = Math.max(1, Math.min(Math.floor(left / 2), longestWait))
  return { login: seconds(login), token: seconds(Math.max(1, left - login)) }
}

/** The role for a workload, bound exactly, with one policy. */
export const roleFor = (workload: Workload, policy: string, lives: Lives): RoleSettings => ({
  token_policies: [policy],
  token_no_default_policy: true,
  token_type: 'service',
  token_ttl: lives.token,
  token_max_ttl: lives.token,
  token_explicit_max_ttl: lives.token,
  token_period: 0,
  token_num_uses: 0,
  ...bindings(workload, lives),
})

const bindings = (workload: Workload, { login }: Lives): RoleSettings => {
  switch (workload.kind) {
    case 'job':
      return { bind_secret_id: true, secret_id_num_uses: 1, secret_id_ttl: login }
    case 'approle':
      return {
        ...{ bind_secret_id: true, secret_id_num_uses: 0, secret_id_ttl: login },
        ...{ secret_id_bound_cidrs: workload.cidrs, token_bound_cidrs: workload.cidrs },
      }
    case 'kubernetes':
      return {
        bound_service_account_names: [workload.serviceAccount],
        bound_service_account_namespaces: [workload.namespace],
        audience: workload.audience,
      }
    case 'jwt':
      return {
        role_type: 'jwt',
        user_claim: 'sub',
        bound_audiences: [workload.audience],
        bound_claims_type: 'string',
        bound_claims: workload.claims,
      }
    default:
      return workload satisfies never
  }
}

const lifeKeys = new Set(['token_ttl', 'token_max_ttl', 'token_explicit_max_ttl', 'secret_id_ttl'])

/** Whether the vault has the role as made. `lives` may be shorter or longer since: the time left was another one. */
export const isAsMade = (found: RoleFound, wanted: RoleSettings, lives: 'exact' | 'any' = 'exact'): boolean =>
  Object.entries(wanted).every(([key, value]) =>
    lives === 'any' && lifeKeys.has(key) ? Number(found[key]) > 0 : plain(found[key]) === plain(value),
  )

/** The same text for what the vault stores alike: an order of names, or the network of one address. */
const plain = (value: unknown): string => {
  if (Array.isArray(value)) return JSON.stringify(value.map((one) => address(String(one))).sort())
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null)
  return JSON.stringify(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)))
}

const address = (one: string): string => one.replace(/(?<=^[.\d]+)\/32$|(?<=^[\da-f:]+)\/128$/, '')

const roleBody = z.object({ data: z.record(z.string(), z.unknown()) }).transform(({ data }) => data)
export type RoleFound = z.output<typeof roleBody>
const roleIdBody = z.object({ data: z.object({ role_id: z.string().min(1) }) }).transform(({ data }) => data.role_id)

/** See `roleCalls`. */
export type RoleCalls = ReturnType<typeof roleCalls>

/** The vault's endpoints for roles of workloads. A missing role is `undefined`, never an error. */
export const roleCalls = (send: Send, correlation?: string) => {
  const make = (call: VaultCall) => send(correlation === undefined ? call : { ...call, correlation })
  const role = (mount: string, name: string, ...more: readonly string[]) =>
    vaultPath('auth', mount, 'role', name, ...more)
  const perform = async (call: VaultCall, gone: readonly number[] = []): Promise<void> => {
    const { status } = await make(call)
    if ((status < 200 || status > 299) && !gone.includes(status)) throw failureOf(status, call)
  }
  return {
    put: (mount: string, name: string, settings: RoleSettings): Promise<void> =>
      perform({ method: 'POST', path: role(mount, name), body: settings }),
    async read(mount: string, name: string): Promise<RoleFound | undefined> {
      const call: VaultCall = { method: 'GET', path: role(mount, name) }
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(roleBody, answer, call)
    },
    /** Ends every login by it; its secret_ids go with it. A mount that is gone has no roles. */
    remove: (mount: string, name: string): Promise<void> =>
      perform({ method: 'DELETE', path: role(mount, name) }, [404]),
    async list(mount: string): Promise<readonly string[]> {
      const call: VaultCall = { method: 'GET', path: vaultPath('auth', mount, 'role'), query: { list: 'true' } }
      const answer = await make(call)
      return answer.status === 404 ? [] : schemas.parse(schemas.keysBody, answer, call)
    },
    async roleId(mount: string, name: string): Promise<string> {
      const call: VaultCall = { method: 'GET', path: role(mount, name, 'role-id') }
      return schemas.parse(roleIdBody, await make(call), call)
    },
    /** Makes a secret_id that nobody here sees. */
    async wrappedSecretId(mount: string, name: string, wrapFor: Seconds) {
      const call: VaultCall = {
        method: 'POST',
        path: role(mount, name, 'secret-id'),
        body: {},
        wrapFor,
        repeatable: false,
      }
      return schemas.parse(schemas.wrappedSecretIdBody, await make(call), call)
    },
    /** Makes a secret_id for the test login before an end. */
    async secretId(mount: string, name: string) {
      const call: VaultCall = { method: 'POST', path: role(mount, name, 'secret-id'), body: {}, repeatable: false }
      return schemas.parse(schemas.secretIdBody, await make(call), call)
    },
  }
}
