import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

let vault: TestVault
beforeAll(async () => {
  vault = await openBao()
})
afterAll(() => vault.stop())

const setUp = (where: Corner, ...more: readonly string[]) =>
  runCli(['vault', 'setup', ...more], { environment: where.environment })
const data = async ({ call }: Corner, path: string) => (await call('GET', path)).body?.data
const lend = ['--attach-only', '--gives', 'kv/shop/*=read', '--gives', 'transit/k1=encrypt,decrypt', '--longest', '4h']
const stateOf = async (where: Corner) => ({
  policies: await Promise.all(
    (await where.policies()).map(async (name) => [name, (await data(where, `sys/policies/acl/${name}`)).policy.trim()]),
  ),
  tokenRole: await data(where, 'auth/token/roles/latchkey-lend'),
  role: await data(where, 'auth/latchkey-approle/role/latchkey'),
  methods: Object.keys(await data(where, 'sys/auth')),
})

describe('latchkey vault setup --attach-only', () => {
  test('prints commands that have exactly the effect of --apply, and writes no way to write policies or users', async () => {
    const [byHand, byUs] = [await newCorner(vault), await newCorner(vault)]
    const printed = await setUp(byHand, ...lend)
    expect(await byHand.sh(printed.out)).toMatchObject({ code: 0 })
    const applied = await setUp(byUs, '--apply', ...lend)
    expect(applied).toMatchObject({ code: 0 })
    const state = await stateOf(byUs)
    expect(await stateOf(byHand)).toEqual(state)
    for (const where of [byHand, byUs])
      expect((await setUp(where, '--dry-run', ...lend)).out).toContain('Everything is as it should be.')
    expect(state.methods).not.toContain('latchkey-users/')
    expect(state.tokenRole).toMatchObject({
      ...{ allowed_policies: ['lend-kv-shop-all', 'lend-transit-k1'], orphan: true, renewable: false },
      ...{
        allowed_entity_aliases: ['latchkey-*'],
        token_explicit_max_ttl: 14_400,
        token_no_default_policy: true,
        token_type: 'service',
        token_period: 0,
      },
    })
    const own = String(state.policies.find(([name]) => name === 'latchkey_management')?.[1])
    const paths = [...own.matchAll(/^path "([^"]+)" \{ capabilities = (.*) \}$/gm)].map(([, at, may]) => `${at} ${may}`)
    expect(paths).toEqual([
      'sys/mounts ["read"]',
      'sys/capabilities-self ["update"]',
      'auth/token/lookup-accessor ["update"]',
      'auth/token/revoke-accessor ["update"]',
      'auth/token/create/latchkey-lend ["update"]',
      'auth/token/roles/latchkey-lend ["read"]',
      'sys/policies/acl/lend-kv-shop-all ["read"]',
      'sys/policies/acl/lend-transit-k1 ["read"]',
      'kv/metadata/* ["read","list"]',
      'transit/keys ["list"]',
    ])
    expect(applied.out).toContain('Lent all policies of latchkey-lend once')
    expect(applied.out.replace(/\s+/g, ' ')).toContain('It cannot write policies, users or roles.')
    const lines = applied.out.slice(applied.out.indexOf('    vault:'))
    const toPut = printed.out.slice(printed.out.indexOf('#     vault:')).replace(/^# /gm, '')
    expect(parse(toPut).vault.contained).toEqual(parse(lines).vault.contained)
    expect(vaultParams.parse(parse(lines).vault).contained?.roles).toEqual([
      { name: 'latchkey-lend', policies: ['lend-kv-shop-all', 'lend-transit-k1'], longest: 14_400, aliases: true },
    ])
  })

  test('takes the power away that an earlier set-up gave', async () => {
    const where = await newCorner(vault)
    expect(await setUp(where, '--apply')).toMatchObject({ code: 0 })
    expect(await setUp(where, '--apply', ...lend)).toMatchObject({ code: 0 })
    const own: string = (await data(where, 'sys/policies/acl/latchkey_management')).policy
    expect(own).not.toMatch(/latchkey-\*|users|added by an administrator/)
  })

  test('reads a file or the configuration, and mends what somebody changed', async () => {
    const where = await newCorner(vault)
    const file = join(where.folder, 'lend.yaml')
    writeFileSync(file, 'policies:\n  - { name: lend-own, rules: { kv/data/x: [read] } }\n')
    expect(await setUp(where, '--apply', '--attach-only', '--lend', file)).toMatchObject({ code: 0 })
    await where.call('PUT', 'sys/policies/acl/lend-own', { policy: 'path "kv/*" { capabilities = ["read"] }' })
    await where.call('POST', 'auth/token/roles/latchkey-lend', { token_period: '1h' })
    const { out } = await setUp(where, '--dry-run', '--json', '--attach-only', '--lend', file)
    const open = JSON.parse(out).filter(({ differences }: { differences: string[] }) => differences.length > 0)
    expect(open.map(({ step }: { step: string }) => step)).toEqual([
      'the policy lend-own, which may be lent',
      'the token role latchkey-lend, which lends one policy for 8h at most',
    ])
    expect(await setUp(where, '--apply', '--attach-only', '--lend', file)).toMatchObject({ code: 0 })
    expect((await data(where, 'sys/policies/acl/lend-own')).policy).toBe(
      '{"path":{"kv/data/x":{"capabilities":["read"]}}}',
    )
  })

  test('kill-all and --remove end all that was lent, also what a thief lent under a name of their own', async () => {
    for (const how of ['kill-all', 'script', 'remove', 'instance', 'role gone'] as const) {
      const where = await newCorner(vault)
      const file = join(where.folder, 'lend.yaml')
      const gives = [{ type: 'secret', path: 'kv/shop/*', permissions: ['read'] }]
      const roles = [{ name: 'shop-lends', policies: ['lend-shop'], longest: '4h' }]
      writeFileSync(file, JSON.stringify({ policies: [{ name: 'lend-shop', gives }], roles }))
      const lendShop = ['--attach-only', '--lend', file]
      expect(await setUp(where, '--apply', ...lendShop)).toMatchObject({ code: 0 })
      const make = async (role: string, name: string, headers = {}) =>
        (await where.call('POST', `auth/token/create${role}`, { ttl: '1h', display_name: name }, headers)).body
      const drawn = `latchkey-i0test-g-grant${how === 'script' ? 's' : 'k'}-1-${'a'.repeat(16)}`
      const lent: string = (await make('/shop-lends', drawn)).auth.accessor
      const thiefs: string = (await make('/shop-lends', 'build-agent')).auth.accessor
      const sealed = (await make('/shop-lends', 'later', { 'X-Vault-Wrap-TTL': '1h' })).wrap_info
      await where.call('POST', 'auth/token/roles/shop-lends-more', { allowed_policies: ['default'] })
      const others: string[] = []
      for (const role of ['', '/shop-lends-more']) others.push((await make(role, 'somebody')).auth.accessor)
      if (how === 'role gone')
        for (const role of ['shop-lends', 'shop-lends-more']) await where.call('DELETE', `auth/token/roles/${role}`)
      const run = (...words: string[]) => runCli(['vault', ...words], { environment: where.environment })
      if (how === 'script')
        expect(await where.sh((await run('kill-all', '--stop-bot', '--print')).out)).toMatchObject({ code: 0 })
      else if (how === 'remove')
        expect((await run('setup', '--remove', '--apply', '--yes', ...lendShop)).out).toContain('4 lent tokens')
      else {
        const more = how === 'instance' ? ['--instance', 'i0test'] : ['--stop-bot']
        const { out } = await run('kill-all', '--yes', ...more)
        expect(out).toContain(drawn)
        if (how !== 'instance') expect(out).toContain('auth/token/create/shop-lends (build-agent)')
      }
      const isThere = async (accessor: string) =>
        (await where.call('POST', 'auth/token/lookup-accessor', { accessor })).status === 200
      const areThere = (accessors: readonly string[]) => Promise.all(accessors.map(isThere))
      expect([how, await isThere(lent), await areThere(others)]).toEqual([how, false, [true, true]])
      const foreign = await areThere([thiefs, sealed.accessor, sealed.wrapped_accessor])
      expect([how, foreign]).toEqual([how, Array(3).fill(how === 'instance')])
      if (how === 'instance') {
        expect(await run('kill-all', '--yes', '--lent-role', 'shop-lends')).toMatchObject({ code: 0 })
        expect(await isThere(thiefs)).toBe(false)
      }
      if (how === 'remove') {
        expect(await where.policies()).toEqual([])
        expect((await where.call('GET', 'auth/token/roles/shop-lends')).status).toBe(404)
      }
    }
  })

  test('--gives takes the type of each path from its mount', async () => {
    const where = await newCorner(vault)
    const mounts = ['--ssh', 'ssh', '--pki', 'pki', '--no-transit']
    for (const type of ['ssh', 'pki']) await where.call('POST', `sys/mounts/${type}`, { type })
    const gives = ['ssh/prod/deploy=sign', 'pki/web=issue', 'kv/shop/db=read'].flatMap((one) => ['--gives', one])
    expect(await setUp(where, '--apply', '--attach-only', ...mounts, ...gives)).toMatchObject({ code: 0 })
    const rulesOf = async (name: string) =>
      Object.keys(JSON.parse((await data(where, `sys/policies/acl/${name}`)).policy).path)
    expect(await rulesOf('lend-ssh-prod-deploy')).toContain('ssh/sign/prod')
    expect(await rulesOf('lend-pki-web')).toContain('pki/issue/web')
    expect(await rulesOf('lend-kv-shop-db')).toContain('kv/data/shop/db')
  })

  test.each([
    [['--attach-only'], 'name what may be lent'],
    [['--gives', 'kv/x=read'], 'policies are lent with --attach-only'],
    [['--attach-only', '--gives', 'kv/x'], 'write a path and permissions'],
    [['--attach-only', '--gives', 'kv/x*=read'], '--gives kv/x*=read: write an exact path'],
    [['--attach-only', '--gives', 'kv/x=read,sign'], '--gives kv/x=read,sign: write one of: read'],
    [['--attach-only', '--gives', 'ssh/prod/deploy=sign'], 'no mount on offer; name it by --kv, --transit,'],
    [['--attach-only', '--ssh', 'ssh', '--gives', 'ssh/prod/deploy=read'], 'deploy=read: write one of: sign'],
    [['--attach-only', '--gives', 'kv/x=read', '--vendor-compatible'], 'leave --vendor-compatible out'],
    [['--attach-only', '--gives', 'kv/x=read', '--policy', 'lend-kv-x'], 'so it is never lent'],
    [['--attach-only', '--lend', '/nowhere.yaml'], '--lend /nowhere.yaml'],
  ])('%j is refused', async (options, words) => {
    const { code, err } = await runCli(['vault', 'setup', ...options])
    expect([code, err]).toEqual([2, expect.stringContaining(words)])
  })
})
