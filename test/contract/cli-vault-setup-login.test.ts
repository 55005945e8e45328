import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeYaml } from '../../src/config/yaml.ts'
import { type KubernetesApi, kubernetesApi } from '../support/kubernetes-api.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { runCli } from '../support/run-cli.ts'
import { type Corner, newCorner } from '../support/vault-corner.ts'

// `latchkey vault setup --login`: prepares a vault where Latchkey logs in with a token.

let vault: TestVault
let folder: string
let api: KubernetesApi
beforeAll(async () => {
  vault = await openBao()
  folder = await mkdtemp(join(tmpdir(), 'latchkey-setup-login-'))
  api = await kubernetesApi(folder)
  api.addAccount('latchkey', 'latchkey')
  api.addAccount('vault', 'reviewer')
  api.allow('vault/reviewer create tokenreviews')
  await writeFile(join(folder, 'reviewer'), await api.tokenFor('vault', 'reviewer'))
  await writeFile(join(folder, 'ca.pem'), api.ca)
})
afterAll(async () => {
  await api.stop()
  await vault.stop()
  await rm(folder, { recursive: true, force: true })
})

const setup = (world: Corner, ...line: readonly string[]) =>
  runCli(['vault', 'setup', ...line], { environment: world.environment })
const kubernetes = () => [
  ...['--login', 'kubernetes', '--service-account', 'latchkey/latchkey'],
  ...['--kubernetes-host', api.url, '--kubernetes-ca-file', join(folder, 'ca.pem')],
  ...['--reviewer-token-file', join(folder, 'reviewer')],
]
/** The doctor with the lines that the set-up printed. */
const doctor = async (world: Corner, printed: string, token: string) => {
  const tokenFile = join(folder, `token-${world.name}`)
  await writeFile(tokenFile, token)
  const lines = printed.split('\n').filter((line) => /^ {4}(vault:| {2}\w+:)/.test(line))
  const settings = lines.join('\n').replace(/(credentials: \{ \w+: \{)/, `$1 tokenFile: ${tokenFile},`)
  const base = { link: { baseUrl: 'https://latchkey.example' } }
  const file = join(folder, `${world.name}.yaml`)
  await writeFile(join(folder, 'people.yaml'), 'people: { one: { name: One } }\ngroups: { all: [one] }\n')
  const integration = `integrations:\n  - name: production\n    requesters: [group:all]\n    owner: [group:all]\n${settings}\n`
  await writeFile(file, writeYaml(base) + integration)
  const { out } = await runCli(['doctor', '--all', '--json', '--config', file], { environment: {} })
  const all: readonly { what: string; state: string; found: string; remedy?: string }[] = JSON.parse(out)
  return { all, file, login: all.find(({ what }) => what === 'vault production: login') }
}

describe('a set-up for Kubernetes auth', () => {
  test('binds the role to one account, namespace and audience, and prints the lines with which Latchkey logs in', async () => {
    const world = await newCorner(vault)
    const { code, out, err } = await setup(world, '--apply', ...kubernetes())
    expect(err).toBe('')
    expect([code, /has every needed right/.test(out), /latchkey doctor/.test(out)]).toEqual([0, true, true])
    expect((await world.call('GET', 'auth/kubernetes/role/latchkey')).body.data).toMatchObject({
      ...{ bound_service_account_names: ['latchkey'], bound_service_account_namespaces: ['latchkey'] },
      ...{ audience: 'vault', token_policies: ['latchkey_management'], token_ttl: 3600, token_max_ttl: 14_400 },
    })
    expect((await world.call('GET', 'sys/auth')).body.data).not.toHaveProperty('latchkey-approle/')

    const token = await api.tokenFor('latchkey', 'latchkey', 'vault')
    const { all, file, login } = await doctor(world, out, token)
    expect(login).toMatchObject({ state: 'ok', found: 'works, at auth/kubernetes' })
    expect(all.filter(({ what, state }) => what.startsWith('vault') && state === 'missing')).toEqual([])
    expect(all.find(({ what }) => what.endsWith('optional rights'))?.remedy).toMatch(
      /--login kubernetes --audience vault/,
    )

    const again = await setup(world, '--apply', '--login', 'kubernetes', '--with', 'all')
    expect([again.code, again.err]).toEqual([0, ''])
    expect(again.out).not.toMatch(/rotate-credentials|sweep-credentials/)
    const dry = await runCli(['vault', 'setup', '--dry-run', '--config', file], { environment: world.environment })
    expect(dry.out).toContain('Everything is as it should be.')
    expect(await runCli(['vault', 'rotate', '--config', file], { environment: world.environment })).toMatchObject({
      code: 1,
      err: expect.stringContaining('there is no secret_id to renew'),
    })

    const wrong = await doctor(world, out, await api.tokenFor('latchkey', 'other', 'vault'))
    expect(wrong.login).toMatchObject({ state: 'missing', found: expect.stringContaining('bound to another bearer') })

    const removed = await runCli(['vault', 'setup', '--remove', '--apply', '--yes', '--config', file], {
      environment: world.environment,
    })
    expect([removed.code, removed.out]).toEqual([0, expect.stringContaining('(auth/kubernetes/ stays')])
    expect((await world.call('GET', 'auth/kubernetes/role/latchkey')).status).toBe(404)
    expect((await world.call('GET', 'sys/auth')).body.data).toHaveProperty('kubernetes/')
  })

  test('by its script is the same', async () => {
    const world = await newCorner(vault)
    const script = (await setup(world, ...kubernetes())).out
    expect(script).toContain('credentials: { kubernetes: { role: latchkey } }')
    expect(await world.sh(script)).toMatchObject({ code: 0 })
    expect((await setup(world, '--dry-run', '--login', 'kubernetes')).out).toContain('Everything is as it should be.')
  })

  test.each<[readonly string[], RegExp]>([
    [[], /name the account of Latchkey’s pod with --service-account/],
    [['--service-account', 'latchkey/*'], /without wildcards/],
    [['--service-account', '*/latchkey'], /without wildcards/],
    [['--service-account', 'latchkey/latchkey', '--audience', '*'], /write the exact value/],
    [['--service-account', 'latchkey/latchkey', '--credentials-dir', '/tmp/x'], /needs no secret_id/],
    [['--service-account', 'latchkey/latchkey', '--kubernetes-ca-file', '/x'], /needs all three/],
  ])('refuses %j', async (line, message) => {
    const run = await runCli(['vault', 'setup', '--login', 'kubernetes', ...line], { environment: {} })
    expect(run).toMatchObject({ code: 2, err: expect.stringMatching(message) })
  })

  test('is proposed where an AppRole in a Kubernetes secret was asked for', async () => {
    const { out } = await runCli(['vault', 'setup', '--kubernetes', 'latchkey/vault'], { environment: {} })
    expect(out).toContain('--login kubernetes --service-account NAMESPACE/NAME')
  })
})

describe('a set-up for JWT auth', () => {
  test('trusts one issuer, subject and audience', async () => {
    const world = await newCorner(vault)
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    await writeFile(join(folder, 'issuer.pem'), await exportSPKI(publicKey))
    const bound = ['--login', 'jwt', '--subject', 'latchkey', '--audience', 'https://vault.example']
    expect(await setup(world, '--apply', ...bound)).toMatchObject({
      code: 1,
      err: expect.stringContaining('name it with --issuer URL'),
    })
    const trusted = ['--issuer', 'https://issuer.example', '--jwt-keys', join(folder, 'issuer.pem')]
    const { code, out, err } = await setup(world, '--apply', ...bound, ...trusted)
    expect([code, err]).toEqual([0, ''])
    expect((await setup(world, '--dry-run', '--login', 'jwt')).out).toContain('Everything is as it should be.')
    const sign = (subject: string) =>
      new SignJWT({ iss: 'https://issuer.example', sub: subject, aud: ['https://vault.example'] })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey)
    expect((await doctor(world, out, await sign('latchkey'))).login).toMatchObject({ state: 'ok' })
    expect((await doctor(world, out, await sign('other'))).login).toMatchObject({ state: 'missing' })
  })
})
