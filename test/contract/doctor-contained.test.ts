import { afterAll, beforeAll, expect, test } from 'vitest'
import { vaultFindings } from '../../src/cli/doctor/vault.ts'
import type { Io } from '../../src/cli/io.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { seconds } from '../../src/domain/time.ts'
import { lendFrom, lendsApps } from '../support/lending-vault.ts'
import { openBao, type TestVault } from '../support/openbao.ts'

const io: Io = {
  environment: {},
  width: 80,
  say: () => {},
  note: () => {},
  ask: async () => undefined,
  input: async () => '',
}

// What `doctor` says about a vault at which Latchkey only lends.

let vault: TestVault
let lending: PreparedVault
beforeAll(async () => {
  vault = await openBao()
  lending = await lendFrom(vault, lendsApps)
})
afterAll(() => vault?.stop())

const findings = async (corner: PreparedVault, longest = 3600, lends: object = { contained: lendsApps }) => {
  const params = vaultParams.parse({
    ...{ internalUrl: corner.address, credentials: { folder: corner.credentialsFolder }, namePrefix: corner.prefix },
    ...{ kvMounts: corner.kvMounts, transitMounts: corner.transitMounts, userpassMount: corner.userpassMount },
    ...{ approleMount: corner.appRoleMount, approleRole: corner.roleName, ...lends },
  })
  const found = await vaultFindings({ name: 'production', params, longest: seconds(longest) }, io)
  return {
    missing: found.filter(({ state }) => state === 'missing').map(({ what, found: says }) => `${what}: ${says}`),
    of: (part: string) => found.find(({ what }) => what.includes(part)),
    all: found.map(({ what }) => what).join('\n'),
  }
}

test('a bot with nothing but the rights to lend is contained, and everything lent is as configured', async () => {
  const { missing, of, all } = await findings(lending)
  expect(missing).toEqual([])
  expect(of('thief')).toMatchObject({
    state: 'ok',
    found: expect.stringMatching(/^contained: .*can lend only these, without an approval\.$/),
  })
  expect(of('lent policy lend-apps')).toMatchObject({ state: 'ok' })
  expect(of('token role lend')).toMatchObject({ state: 'ok' })
  expect(all).not.toMatch(/userpass|people's login|latchkey-users/)
})

test('a bot that could still write policies is not contained, whatever the configuration says, and one that writes them says so', async () => {
  const { of } = await findings(vault.prepared)
  expect(of('thief')).toMatchObject({
    state: 'missing',
    found: expect.stringMatching(/^root-equivalent, although .*create.* on sys\/policies\/acl\//),
  })
  const plain = await findings(vault.prepared, 3600, {})
  expect(plain.of('thief')).toMatchObject({ state: 'optional', found: expect.stringMatching(/^root-equivalent: /) })
})

test('a policy or role that is gone or differs is named with what to do', async () => {
  const role = 'auth/token/roles/lend'
  const before = (await vault.admin('GET', role)) as { data: object }
  await vault.admin('POST', role, { allowed_policies: ['lend-apps', 'root-like'], orphan: true })
  await vault.admin('PUT', 'sys/policies/acl/lend-apps', { policy: '{"path":{"kv/*":{"capabilities":["read"]}}}' })
  const changed = await findings(lending, 86_400)
  expect(changed.of('token role lend')).toMatchObject({
    state: 'missing',
    found: expect.stringContaining('allowed_policies'),
    remedy: expect.stringContaining('--attach-only'),
  })
  expect(changed.of('lent policy lend-apps')).toMatchObject({
    found: 'it says something else, so nothing of it is lent',
  })
  await vault.admin('DELETE', role)
  await vault.admin('DELETE', 'sys/policies/acl/lend-apps')
  const gone = await findings(lending)
  expect(gone.missing).toHaveLength(2)
  expect(before.data).toBeDefined()
})
