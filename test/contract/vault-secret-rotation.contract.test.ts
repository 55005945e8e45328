import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { wayTo } from '../../src/cli/vault/way-to.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { rotateSecretId } from '../../src/connectors/vault/rotation.ts'
import { timestamp } from '../../src/domain/time.ts'
import { type KubernetesApi, kubernetesApi } from '../support/kubernetes-api.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

// AppRole credentials in a Kubernetes secret: read, and renewed so that a kill at any moment leaves one that works.

const root = join(import.meta.dirname, '../..')
const place = 'latchkey-vault/latchkey-vault-role'
const account = 'latchkey/latchkey'
const owner = 'i0test/example'
let vault: TestVault
let folder: string
let api: KubernetesApi
let pod: Awaited<ReturnType<KubernetesApi['podOf']>>
let world: Corner
let ahead = 0
const clock = { now: () => timestamp(Date.now() + ahead) }

beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-secret-'))
  api = await kubernetesApi(folder)
  api.addAccount('latchkey', 'latchkey')
  pod = await api.podOf('latchkey', 'latchkey')
})
afterAll(async () => {
  await api.stop()
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})
beforeEach(async () => {
  ahead = 0
  world = await newCorner(vault)
  api.allow(`${account} get secrets/${place}`, `${account} patch secrets/${place}`)
  const set = await runCli(['vault', 'setup', '--apply', '--with', 'rotate-credentials'], {
    environment: world.environment,
  })
  if (set.code !== 0) throw new Error(set.err)
  const role = 'auth/latchkey-approle/role/latchkey'
  const { role_id } = (await world.call('GET', `${role}/role-id`)).body.data
  const { secret_id } = (await world.call('POST', `${role}/secret-id`)).body.data
  api.putSecret(place, { role_id, secret_id, note: 'kept' })
})
afterEach(() => api.meet(() => undefined))

const params = () => ({
  ...world.at,
  ...{ namePrefix: 'latchkey-', userpassMount: 'latchkey-users', approleMount: 'latchkey-approle' },
  credentials: { secret: { namespace: 'latchkey-vault', name: 'latchkey-vault-role' } },
})
const renew = () => {
  const { rotation, close } = wayTo(vaultParams.parse(params()), pod.env, {
    accountFolder: pod.accountFolder,
    now: clock.now,
  })
  return rotateSecretId({ ...rotation(), owner }).finally(close)
}
const login = async ({ role_id, secret_id }: Readonly<Record<string, string>>) =>
  (await world.call('POST', 'auth/latchkey-approle/login', { role_id, secret_id })).status
const known = async (): Promise<number> => {
  const listed = await world.call('GET', 'auth/latchkey-approle/role/latchkey/secret-id?list=true')
  return listed.status === 404 ? 0 : listed.body.data.keys.length
}
const inPlace = () => api.secretAt(place)
/** The only secret_id that the vault knows is the one in the secret, and nothing else is left there. */
const isInOrder = async () => [await login(inPlace()), await known(), Object.keys(inPlace()).toSorted()]
const inOrder = [200, 1, ['note', 'role_id', 'secret_id']]

const child = async (moment: number) => {
  const environment = { ...process.env, ...pod.env, ACCOUNT_FOLDER: pod.accountFolder }
  const line = [join(root, 'test/support/rotate-child.ts'), JSON.stringify(params()), `${moment}`, owner]
  const running = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'inherit'], env: environment })
  let out = ''
  running.stdout.on('data', (chunk) => {
    out += chunk
  })
  const [code] = await once(running, 'exit')
  return { code, out: out.trim() }
}

describe('credentials in a Kubernetes secret', () => {
  test('are read at each login, by the right to get exactly this secret', async () => {
    const connector = connectorTo(vault.prepared, params(), 'i0test', clock, pod)
    expect((await connector.checkRights()).length).toBeGreaterThan(0)
    await connector.close()
    api.forbid(`${account} get secrets/${place}`)
    await expect(connector.checkRights()).rejects.toMatchObject({
      code: 'secret-unreadable',
      message: expect.stringMatching(
        /role is forbidden.* give system:serviceaccount:latchkey:latchkey "get" on this one secret/,
      ),
    })
    api.allow(`${account} get secrets/${place}`)
    api.putSecret(place, { role_id: 'x' })
    await expect(connector.checkRights()).rejects.toMatchObject({
      message: expect.stringMatching(/no secret_id in the Kubernetes secret latchkey-vault/),
    })
    await writeFile(join(pod.accountFolder, 'token'), await api.tokenFor('latchkey', 'latchkey', 'vault'))
    await expect(connector.checkRights()).rejects.toMatchObject({
      message: expect.stringMatching(/refuses the pod’s own token/),
    })
    pod = await api.podOf('latchkey', 'latchkey')
  })

  test('are renewed in their place; other keys stay, and the old secret_id is destroyed', async () => {
    const before = inPlace()
    expect(await renew()).toBe('swept')
    expect([await login(before), ...(await isInOrder())]).toEqual([400, ...inOrder])
    expect(inPlace().note).toBe('kept')
  })

  test('without the right to patch are not renewed, and nothing is asked of the vault', async () => {
    api.forbid(`${account} patch secrets/${place}`)
    await expect(renew()).rejects.toMatchObject({
      code: 'not-rotatable',
      message: expect.stringMatching(
        /role is forbidden.* give system:serviceaccount:latchkey:latchkey "patch" on this one secret/,
      ),
    })
    expect(await isInOrder()).toEqual(inOrder)
  })

  test('are renewed by a running Latchkey when they are old enough', async () => {
    const connector = connectorTo(vault.prepared, { ...params(), rotateEvery: '12h' }, 'i0test', clock, pod)
    expect(await connector.renewCredentials?.()).toMatchObject({ isRenewed: false })
    const before = inPlace()
    ahead = 13 * 3_600_000
    await writeFile(join(pod.accountFolder, 'token'), await api.tokenFor('latchkey', 'latchkey'))
    expect(await connector.renewCredentials?.()).toMatchObject({ isRenewed: true })
    expect(await connector.renewCredentials?.()).toMatchObject({ isRenewed: false })
    expect([await login(before), ...(await isInOrder())]).toEqual([400, ...inOrder])
    await connector.close()
  })
})

describe('a renewal in a Kubernetes secret', () => {
  test('that is killed at any step leaves a working credential, and no other behind the next one', async () => {
    const died: string[] = []
    for (let moment = 0; ; moment += 1) {
      const { code, out } = await child(moment)
      expect(await login(inPlace()), out).toBe(200)
      if (code === 0) break
      died.push(out)
      ahead = 130_000 // the claim of the killed one has run out
      expect(await renew(), out).toBe('swept')
      expect(await isInOrder(), out).toEqual(inOrder)
    }
    const names = new Set(died.map((one) => one.replace(/^(before|after) /, '')))
    expect([...names]).toEqual(['log in', 'remove', 'note: patch', 'make', 'prove', 'patch', 'destroy'])
  }, 120_000)

  test('gives way to one that has begun, until that has been silent for two minutes', async () => {
    expect((await child(7)).out).toBe('after make')
    await expect(renew()).rejects.toMatchObject({
      code: 'not-rotatable',
      message: expect.stringMatching(/Somebody else changes/),
    })
    ahead = 130_000
    await renew()
    expect(await isInOrder()).toEqual(inOrder)
  })

  test('reads again when somebody changed something else meanwhile, and gives way to another secret_id', async () => {
    const change = (more: object) => {
      let isDone = false
      api.meet((call) => {
        if (isDone || !/^PATCH.*"secret_id":/.test(call)) return undefined
        isDone = true
        api.putSecret(place, { ...inPlace(), ...more })
        return undefined
      })
    }
    change({ note: 'changed' })
    await renew()
    expect([inPlace().note, ...(await isInOrder())]).toEqual(['changed', ...inOrder])

    const other = (await world.call('POST', 'auth/latchkey-approle/role/latchkey/secret-id')).body.data.secret_id
    change({ secret_id: other })
    await expect(renew()).rejects.toMatchObject({ code: 'not-rotatable' })
    expect(inPlace().secret_id).toBe(other)
    expect(await login(inPlace())).toBe(200)
  })

  test.each(['lose', 'delay'] as const)('survives an API server that would %s its write', async (fate) => {
    const before = inPlace()
    let isDone = false
    api.meet((call) => {
      if (isDone || !/^PATCH.*"secret_id":/.test(call)) return undefined
      isDone = true
      return fate
    })
    await expect(renew()).rejects.toMatchObject({ code: 'secret-unreadable' })
    expect(await login(inPlace())).toBe(200)
    expect(inPlace().secret_id === before.secret_id).toBe(fate === 'delay')
    if (fate === 'delay') expect(api.lateAnswers.at(-1)).toContain('the object has been modified')
    await renew()
    expect(await isInOrder()).toEqual(inOrder)
  })

  test('by two processes at once leaves one secret_id that works, and no other', async () => {
    for (let turn = 0; turn < 2; turn += 1) {
      const all = await Promise.allSettled([renew(), renew(), renew()])
      expect(all.some(({ status }) => status === 'fulfilled')).toBe(true)
      expect(await login(inPlace())).toBe(200)
    }
    await renew()
    expect(await isInOrder()).toEqual(inOrder)
  })
})
