import { beforeEach, describe, expect, test } from 'vitest'
import { appRoleLogin } from '../../../src/connectors/vault/bot-login.ts'
import type { VaultCall } from '../../../src/connectors/vault/client.ts'
import { vaultLogins } from '../../../src/connectors/vault/logins.ts'
import { vaultSession } from '../../../src/connectors/vault/session.ts'
import type { Answer } from '../../../src/connectors/vault/transport.ts'
import { secret } from '../../../src/domain/secret.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { ExternalError } from '../../../src/ports.ts'

/** A vault's AppRole in memory, with a clock that is moved by hand. */
const newVault = () => {
  const tokens = new Map<string, { until: number; max: number }>()
  const state = {
    now: 1_000_000,
    secretId: 'right',
    ttl: 3600,
    maxTtl: 4 * 3600,
    logins: 0,
    renewals: 0,
    isDown: false,
    isLoginDown: false,
    isLocked: false,
    mayWork: true,
  }
  const isAlive = (token: string) => (tokens.get(token)?.until ?? 0) > state.now
  const login = (token: string, until: number): Answer => ({
    status: 200,
    body: {
      auth: { client_token: token, accessor: token, lease_duration: (until - state.now) / 1000, renewable: true },
    },
  })
  const answer = (call: VaultCall): Answer => {
    if (state.isDown || (state.isLoginDown && /login|renew/.test(call.path)))
      throw new ExternalError('unreachable', 'down', { transient: true })
    const token = call.token?.reveal() ?? ''
    const body = call.body as { secret_id?: string } | undefined
    switch (call.path) {
      case 'auth/approle/login': {
        state.logins += 1
        if (state.isLocked) return { status: 403, body: {} }
        if (body?.secret_id !== state.secretId) return { status: 400, body: {} }
        const fresh = `token-${state.logins}`
        tokens.set(fresh, { until: state.now + state.ttl * 1000, max: state.now + state.maxTtl * 1000 })
        return login(fresh, state.now + state.ttl * 1000)
      }
      case 'auth/token/renew-self': {
        state.renewals += 1
        const held = tokens.get(token)
        if (!held || !isAlive(token)) return { status: 403, body: {} }
        held.until = Math.min(state.now + state.ttl * 1000, held.max)
        return login(token, held.until)
      }
      case 'auth/token/lookup-self':
        return { status: isAlive(token) ? 200 : 403, body: {} }
      case 'auth/token/revoke-self':
        tokens.delete(token)
        return { status: 204, body: undefined }
      case 'sys/capabilities-self':
        return { status: isAlive(token) ? 200 : 400, body: token }
      default:
        return isAlive(token) && state.mayWork ? { status: 200, body: token } : { status: 403, body: {} }
    }
  }
  return { state, tokens, send: async (call: VaultCall) => answer(call) }
}

const minutes = (count: number) => count * 60_000
const work: VaultCall = { method: 'GET', path: 'work' }

let vault: ReturnType<typeof newVault>
let secretId: string
let session: ReturnType<typeof vaultSession>
const after = (milliseconds: number) => {
  vault.state.now += milliseconds
}
const token = async () => (await session.send(work)).body
const loginWith = (current: () => string) =>
  appRoleLogin(async () => ({ roleId: 'role', secretId: secret(current()) }), {
    logins: vaultLogins(vault.send),
    appRoleMount: 'approle',
  })

beforeEach(() => {
  vault = newVault()
  secretId = 'right'
  const { send, state } = vault
  session = vaultSession({
    send,
    logins: vaultLogins(send),
    login: loginWith(() => secretId),
    clock: { now: () => timestamp(state.now) },
    random: () => 0.5,
  })
})

describe("the bot's session", () => {
  test('logs in once for many calls at the same time', async () => {
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-1', 'token-1', 'token-1'])
    expect(vault.state.logins).toBe(1)
  })

  test('renews past about two thirds of the life, once for many calls', async () => {
    await token()
    after(minutes(38))
    await token()
    expect(vault.state.renewals).toBe(0)
    after(minutes(2))
    expect(await Promise.all([token(), token()])).toEqual(['token-1', 'token-1'])
    expect([vault.state.renewals, vault.state.logins]).toEqual([1, 1])
  })

  test('logs in anew when renewals run short, before the token ends', async () => {
    for (let elapsed = 0; elapsed < 5 * 60; elapsed += 10) {
      await token()
      after(minutes(10))
    }
    expect(vault.state.logins).toBe(2)
    expect(await token()).toBe('token-2')
  })

  test('keeps a token that lives while neither renewing nor logging in succeeds', async () => {
    await token()
    vault.state.isLoginDown = true
    for (let elapsed = 0; elapsed < 59; elapsed += 1) {
      expect(await token()).toBe('token-1')
      after(minutes(1))
    }
    vault.state.isLoginDown = false
    expect(await token()).toBe('token-1')
    expect([vault.state.renewals, vault.state.logins]).toEqual([1, 1])
  })

  test('a token that died is told from a right that is missing, and costs exactly one new login', async () => {
    await token()
    vault.tokens.clear()
    expect(await Promise.all([token(), token(), token()])).toEqual(['token-2', 'token-2', 'token-2'])
    vault.state.mayWork = false
    expect((await session.send(work)).status).toBe(403)
    expect(vault.state.logins).toBe(2)
  })

  test('a token that dies while it asks about itself is answered otherwise, and costs one new login too', async () => {
    await token()
    vault.tokens.clear()
    const answer = await session.send({ method: 'POST', path: 'sys/capabilities-self' })
    expect(answer).toMatchObject({ status: 200, body: 'token-2' })
    expect(vault.state.logins).toBe(2)
  })

  test('a login that the vault denies is told as that also while it is not tried again', async () => {
    vault.state.isLocked = true
    for (const _ of [1, 2, 3]) await expect(session.send(work)).rejects.toMatchObject({ code: 'login-denied' })
    expect(vault.state.logins).toBe(1)
  })

  test('refused credentials are not tried again for minutes, each time for longer', async () => {
    secretId = 'wrong'
    const attempts = async (span: number) => {
      const before = vault.state.logins
      for (let elapsed = 0; elapsed < span; elapsed += 1) {
        await expect(session.send(work)).rejects.toMatchObject({ code: 'bad-credentials', transient: true })
        after(minutes(1))
      }
      return vault.state.logins - before
    }
    expect(await attempts(2)).toBe(1)
    expect(await attempts(4)).toBe(1)
    expect(await attempts(8)).toBe(1)
    expect(await attempts(60)).toBeLessThanOrEqual(4)
  })

  test('changed credentials are tried at once', async () => {
    secretId = 'wrong'
    await expect(session.send(work)).rejects.toThrow()
    secretId = 'right'
    expect(await token()).toBe('token-2')
  })

  test('credentials that are rotated while it logs in are read once more', async () => {
    vault.state.secretId = 'new'
    let reads = 0
    const { send, state } = vault
    const rotating = vaultSession({
      send,
      logins: vaultLogins(send),
      login: loginWith(() => (++reads === 1 ? 'old' : 'new')),
      clock: { now: () => timestamp(state.now) },
    })
    expect((await rotating.send(work)).status).toBe(200)
    expect([reads, state.logins]).toEqual([2, 2])
  })

  test('a locked login costs no live token and is not hammered', async () => {
    await token()
    vault.state.isLocked = true
    vault.tokens.set('token-1', { until: vault.state.now + minutes(60), max: vault.state.now + minutes(60) })
    for (let elapsed = 0; elapsed < 55; elapsed += 1) {
      expect(await token()).toBe('token-1')
      after(minutes(1))
    }
    expect(vault.state.logins).toBeLessThanOrEqual(5)
    after(minutes(10))
    await expect(session.send(work)).rejects.toMatchObject({ code: expect.stringMatching(/login-denied|bad-cred/) })
  })

  test('an unreachable vault is said to be unreachable', async () => {
    vault.state.isDown = true
    await expect(session.send(work)).rejects.toMatchObject({ code: 'unreachable' })
  })

  test('gives its token back when closed', async () => {
    await token()
    await session.close()
    expect(vault.tokens.size).toBe(0)
  })

  test('says nothing of the credentials in its errors', async () => {
    secretId = 'a-secret-that-must-not-show'
    const error = await session.send(work).catch((thrown: unknown) => thrown)
    expect(JSON.stringify(error) + String(error)).not.toContain(secretId)
  })
})
