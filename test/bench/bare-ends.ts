import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { passwordHasher } from '../../src/connectors/vault/hash-password.ts'
import { secret } from '../../src/domain/secret.ts'
import type { BenchWorld } from './bench-world.ts'
import { inParallel, timed } from './figures.ts'

type Call = (method: string, path: string, body?: object, token?: string) => Promise<unknown>

/**
 * Policies under the bot's own pattern, deleted with the bot's own token: a root token would spare the vault half of the
 * work, which is looking up what the token may do. Returns when it began.
 */
export const bareDeletes = async (world: BenchWorld, count: number, atOnce: number): Promise<number> => {
  const names = await policies(world, 'bare', count)
  const call = await asBot(world)
  const started = Date.now()
  await inParallel(names, atOnce, (name) => call('DELETE', `sys/policies/acl/${name}`))
  return started
}

/** Milliseconds of the calls that as many proofs need: a login that works, the deletion, and what is gone after it. */
export const bareProofs = async (world: BenchWorld, count: number, atOnce: number): Promise<number> => {
  const names = await policies(world, 'proof', count)
  const call = await asBot(world)
  const password = 'example-password-of-a-bare-user'
  const password_hash = await passwordHasher()(secret(password), 5)
  const userpass = `auth/${world.vault.prepared.userpassMount}`
  return timed(() =>
    inParallel(names, atOnce, async (name) => {
      const [policy, user] = [`sys/policies/acl/${name}`, `${userpass}/users/${name}`]
      await call('POST', user, { token_policies: [name], password_hash, token_ttl: '60s' })
      await call('GET', user)
      const login = await call('POST', `${userpass}/login/${name}`, { password }, '')
      const { client_token } = (login as { auth: { client_token: string } }).auth
      await call('POST', user, { token_policies: [], password_hash })
      await call('POST', 'sys/capabilities-self', { paths: ['kv/data/bench/secret-0'] }, client_token)
      await call('DELETE', policy)
      await call('GET', policy)
      await call('POST', 'sys/capabilities-self', { paths: ['sys/capabilities-self'] }, client_token)
    }),
  )
}

const policies = async ({ vault, admin }: BenchWorld, kind: string, count: number): Promise<readonly string[]> => {
  const names = Array.from({ length: count }, (_, index) => `${vault.prepared.prefix}-${kind}-${index}`)
  for (const name of names) await admin('POST', `sys/policies/acl/${name}`, { policy: readsOne })
  return names
}

const readsOne = '{"path":{"kv/data/bench/secret-0":{"capabilities":["read"]}}}'

/** Calls with the bot's token, or another one. That nothing is there (404) is an answer, too. */
const asBot = async ({ vault }: BenchWorld): Promise<Call> => {
  const { appRoleMount, credentialsFolder } = vault.prepared
  const [role_id, secret_id] = await Promise.all(
    ['role_id', 'secret_id'].map(async (name) => (await readFile(join(credentialsFolder, name), 'utf8')).trim()),
  )
  const send = async (token: string, method: string, path: string, body?: object): Promise<unknown> => {
    const headers = token === '' ? {} : { 'X-Vault-Token': token }
    const sent = body && { body: JSON.stringify(body) }
    const answer = await fetch(`${vault.server.address}/v1/${path}`, { method, headers, ...sent })
    if (!answer.ok && answer.status !== 404)
      throw new Error(`a bare ${method} of ${path} was answered with ${answer.status}`)
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }
  const login = await send('', 'POST', `auth/${appRoleMount}/login`, { role_id, secret_id })
  const { client_token } = (login as { auth: { client_token: string } }).auth
  return (method, path, body, token = client_token) => send(token, method, path, body)
}
