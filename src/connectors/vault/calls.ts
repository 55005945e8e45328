import type { z } from 'zod'
import type { Secret } from '../../domain/secret.ts'
import type { Seconds, Timestamp } from '../../domain/time.ts'
import { type Send, type VaultCall, vaultPath } from './client.ts'
import { failure, failureOf } from './failure.ts'
import * as schemas from './schemas.ts'
import type { Answer } from './transport.ts'

/** The settings of a userpass user. Every field is sent each time, so that no earlier setting survives. */
export type UserSettings = {
  readonly policies: readonly string[]
  /** The life of a token from the next login. It is both the start value and the maximum. */
  readonly ttl: Seconds
  /** How many calls such a token may make; absent for no limit. */
  readonly uses?: number
} & ({ readonly passwordHash: string } | { readonly password: Secret })

/**
 * A page of a list: at most `limit` names after `after`. Only OpenBao supports it; HashiCorp Vault returns the whole
 * list.
 */
export type Page = { readonly after: string; readonly limit: number }

/** See `vaultCalls`. */
export type VaultCalls = ReturnType<typeof vaultCalls>

/**
 * The vault's endpoints as typed functions. A missing object is `undefined` or an empty list, never an error. Any other
 * failure throws an `ExternalError`.
 */
export const vaultCalls = (send: Send, correlation?: string) => {
  const make = (call: VaultCall): Promise<Answer> => send(correlation === undefined ? call : { ...call, correlation })
  const get = (path: string, query?: VaultCall['query']): VaultCall => ({
    method: 'GET',
    path,
    ...(query && { query }),
  })

  /** For calls whose answer has no content. A status in `gone` also counts as success. */
  const perform = async (call: VaultCall, gone: readonly number[] = []): Promise<void> => {
    const { status } = await make(call)
    if ((status < 200 || status > 299) && !gone.includes(status)) throw failureOf(status, call)
  }
  const list = async (path: string, page?: Page): Promise<readonly string[]> => {
    const call = get(path, { list: 'true', ...(page && queryOf(page)) })
    const answer = await make(call)
    return isAbsent(answer, call) ? [] : schemas.parse(schemas.keysBody, answer, call)
  }
  /** An empty folder is a 404 without errors. A 404 with errors means that no engine is there. */
  const isAbsent = ({ status, body }: Answer, { path: at }: VaultCall): boolean => {
    if (status !== 404) return false
    const { data } = schemas.errorBody.safeParse(body)
    if (data && data.errors.length > 0) throw failure('no-such-mount', `Nothing at the vault answers at ${at} (404).`)
    return true
  }

  const queryOf = ({ after, limit }: Page) => ({ limit: `${limit}`, ...(after !== '' && { after }) })

  const policy = (name: string) => vaultPath('sys/policies/acl', name)
  const user = (mount: string, name: string) => vaultPath('auth', mount, 'users', name)

  return {
    /** The state of the answering node; needs neither token nor namespace. */
    async health() {
      const call = get('sys/health')
      const { status, body } = await make(call)
      return { status, ...schemas.parse(schemas.healthBody, { status: 200, body }, call) }
    },
    async mounts() {
      const call = get('sys/mounts')
      return schemas.parse(schemas.mountsBody, await make(call), call)
    },
    /** The names in a folder of a KV v2 mount; names of folders end in `/`. */
    listFolder: (mount: string, folder: string, page?: Page) => list(vaultPath(mount, 'metadata', folder), page),
    listKeys: (mount: string, page?: Page) => list(vaultPath(mount, 'keys'), page),
    /** One page of a folder, with the metadata of each secret (OpenBao only). */
    async listDetailed(mount: string, folder: string, page: Page) {
      const call = get(vaultPath(mount, 'detailed-metadata', folder), { list: 'true', ...queryOf(page) })
      const answer = await make(call)
      return isAbsent(answer, call) ? { keys: [] } : schemas.parse(schemas.detailedBody, answer, call)
    },
    /** The custom metadata of a secret; `undefined` when the secret does not exist. */
    async readMetadata(mount: string, path: string) {
      const call = get(vaultPath(mount, 'metadata', path))
      const answer = await make(call)
      return isAbsent(answer, call) ? undefined : schemas.parse(schemas.metadataBody, answer, call)
    },

    listRoles: (mount: string) => list(vaultPath(mount, 'roles')),
    /** A role of a dynamic engine, as its own schema reads it; `undefined` when it does not exist. */
    async readRole<T>(mount: string, name: string, schema: z.ZodType<T>) {
      const call = get(vaultPath(mount, 'roles', name))
      const answer = await make(call)
      return isAbsent(answer, call) ? undefined : schemas.parse(schemas.inData(schema), answer, call)
    },

    /** Whether the newest version of a secret is readable at a moment; `undefined` when the secret does not exist. */
    async newestVersion(mount: string, path: string, now: Timestamp) {
      const call = get(vaultPath(mount, 'metadata', path))
      const answer = await make(call)
      return answer.status === 404 ? undefined : newestOf(schemas.parse(schemas.versionsBody, answer, call), now)
    },
    /** The newest version of a secret, and when it was written; `undefined` when the secret does not exist. */
    async currentVersion(mount: string, path: string) {
      const call = get(vaultPath(mount, 'metadata', path))
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(schemas.currentBody, answer, call)
    },
    /** What a Transit key can do; `undefined` when it does not exist. */
    async readKey(mount: string, name: string) {
      const call = get(vaultPath(mount, 'keys', name))
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(schemas.keyBody, answer, call)
    },

    /**
     * Writes a policy, which servers with that feature delete after `ttl`. `onlyNew` keeps an existing policy and
     * returns `exists`. HashiCorp Vault ignores both.
     */
    async putPolicy(name: string, document: string, ttl: Seconds, onlyNew: boolean): Promise<'written' | 'exists'> {
      const body = { policy: document, ttl: `${ttl}s`, ...(onlyNew && { cas: -1 }) }
      const call: VaultCall = { method: 'POST', path: policy(name), body }
      const { status, body: said } = await make(call)
      if (onlyNew && status === 400 && JSON.stringify(said ?? '').includes('check-and-set')) return 'exists'
      if (status > 299) throw failureOf(status, call)
      return 'written'
    },
    /**
     * Replaces a policy that still has this version. HashiCorp Vault has no versions and replaces it anyway.
     */
    async replacePolicy(name: string, document: string, ttl: Seconds, version: number | undefined) {
      const body = { policy: document, ttl: `${ttl}s`, ...(version !== undefined && { cas: version }) }
      const call: VaultCall = { method: 'POST', path: policy(name), body }
      const { status, body: said } = await make(call)
      if (status === 400 && JSON.stringify(said ?? '').includes('check-and-set')) return 'changed'
      if (status > 299) throw failureOf(status, call)
      return 'written'
    },
    async readPolicy(name: string) {
      const call = get(policy(name))
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(schemas.policyBody, answer, call)
    },
    deletePolicy: (name: string) => perform({ method: 'DELETE', path: policy(name) }, [404]),
    listPolicies: () => list('sys/policies/acl'),

    putUser(mount: string, name: string, settings: UserSettings): Promise<void> {
      const { policies, ttl, uses = 0 } = settings
      const life = {
        token_ttl: ttl,
        token_max_ttl: ttl,
        token_explicit_max_ttl: ttl,
        token_period: 0,
        token_num_uses: uses,
      }
      const kind = { token_policies: policies, token_no_default_policy: true, token_type: 'service' }
      const key =
        'password' in settings ? { password: settings.password.reveal() } : { password_hash: settings.passwordHash }
      return perform({ method: 'POST', path: user(mount, name), body: { ...key, ...kind, ...life } })
    },
    async readUser(mount: string, name: string) {
      const call = get(user(mount, name))
      const answer = await make(call)
      return answer.status === 404 ? undefined : schemas.parse(schemas.userBody, answer, call)
    },
    deleteUser: (mount: string, name: string) => perform({ method: 'DELETE', path: user(mount, name) }, [404]),
    /**
     * The longest token life that an auth mount sets. `undefined` where the server's limit applies, or the vault does
     * not tell. Needs only some right inside the mount.
     */
    async tokenLimit(mount: string): Promise<Seconds | undefined> {
      const call = get(vaultPath('sys/internal/ui/mounts/auth', mount))
      return schemas.mountLimit(await make(call))
    },
    /** Leases that the vault has given up ending, at any mount, each with the reason. */
    async irrevocableLeases() {
      const call = get('sys/leases', { type: 'irrevocable', limit: 'none' })
      const answer = await make(call)
      return answer.status === 404 ? [] : schemas.parse(schemas.stuckBody, answer, call)
    },
    listUsers: (mount: string) => list(vaultPath('auth', mount, 'users')),

    /** The capabilities of the bot's own token on each path. */
    async capabilities(paths: readonly string[]) {
      const call: VaultCall = { method: 'POST', path: 'sys/capabilities-self', body: { paths } }
      return schemas.parse(schemas.capabilitiesBody, await make(call), call)
    },
    /** The audit devices; needs a right to sys/audit, which is for administrators. */
    async auditDevices(): Promise<readonly schemas.AuditDevice[]> {
      const call = get('sys/audit')
      return schemas.parse(schemas.auditBody, await make(call), call)
    },
    /** How an audit device writes a text that it hides. */
    async auditHash(device: string, input: string): Promise<string> {
      const call: VaultCall = { method: 'POST', path: vaultPath('sys/audit-hash', device), body: { input } }
      return schemas.parse(schemas.hashBody, await make(call), call)
    },
    /** Ends the token with this accessor, and its leases. `gone`: there is none; 200 with a warning, or 400 (older servers). */
    async revokeAccessor(accessor: string): Promise<'ended' | 'gone'> {
      const call: VaultCall = { method: 'POST', path: 'auth/token/revoke-accessor', body: { accessor } }
      const { status, body } = await make(call)
      if (status > 299 && !schemas.saysGone(body)) throw failureOf(status, call)
      return status === 204 ? 'ended' : 'gone'
    },
    /** The request behind a wrapping token that waits for its control group, or had it; `undefined` for any other. */
    async controlGroup(accessor: string) {
      const call: VaultCall = { method: 'POST', path: 'sys/control-group/request', body: { accessor } }
      const answer = await make(call)
      return schemas.saysNoControlGroup(answer) ? undefined : schemas.parse(schemas.controlGroupBody, answer, call)
    },
    /** When a token ends, and for whom it was made; `undefined` for a token that is gone. */
    async lookupAccessor(accessor: string) {
      const call: VaultCall = { method: 'POST', path: 'auth/token/lookup-accessor', body: { accessor } }
      const answer = await make(call)
      return answer.status === 400 ? undefined : schemas.parse(schemas.tokenBody, answer, call)
    },
    /** The vault's own name for a login mount; needs only some right inside it. */
    async mountAccessor(mount: string): Promise<string | undefined> {
      return schemas.mountAccessor(await make(get(vaultPath('sys/internal/ui/mounts/auth', mount))))
    },
  }
}

type Versions = z.infer<typeof schemas.versionsBody>

/** A version may also be scheduled for deletion. */
const newestOf = ({ current_version: current, versions }: Versions, now: Timestamp) => {
  const all = Object.entries(versions ?? {})
  const readable = all.filter(
    ([, { deletion_time: end, destroyed }]) => !destroyed && (end === '' || Date.parse(end) > now),
  )
  if (all.length === 0) return 'no-version'
  if (readable.length === 0) return 'all-deleted'
  return readable.some(([name]) => name === `${current}`) ? 'readable' : 'newest-deleted'
}
