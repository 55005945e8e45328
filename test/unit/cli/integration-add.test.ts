import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { readYaml } from '../../../src/config/yaml.ts'
import { runCli } from '../../support/run-cli.ts'

// `latchkey integration add`: the steps of connecting a vault, in one command.

const folder = mkdtempSync(join(tmpdir(), 'latchkey-integration-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'latchkey.yaml')
const before = `# Ours
link: { baseUrl: https://latchkey.example } # behind the proxy
integrations:
  # the first one
  - name: staging
    requesters: [group:all] # everybody
    owner: [group:all]
    vault: { internalUrl: "https://staging.example", credentials: { folder: /x } }

# the end
keep: 300d
`
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----'
const printed = `==> done

Internal URL: https://vault.vault.svc.cluster.local:8200
External URL: (none)
Namespace: vault
Secret Name: vault-role
CA Certificate:
${pem}

KEEP the seal key`
const configMap = JSON.stringify({
  kind: 'ConfigMap',
  data: {
    ...{ internalUrl: 'http://vault.vault.svc.cluster.local:8200', externalUrl: 'https://vault.example.com' },
    ...{ namespace: 'vault', secretName: 'vault-role', caCert: '' },
  },
})
const parties = ['--requester', 'group:all', '--owner', 'group:all']
const from = ['integration', 'add', '--config', file, '--from-kubernetes', '-']

/** A kubectl that knows one Secret; it notes what it was asked. */
const kubectl = (keys: string) => {
  const path = join(folder, 'kubectl')
  writeFileSync(path, `#!/bin/sh\necho "$@" >> ${folder}/asked\nprintf '${keys}'\n`)
  chmodSync(path, 0o755)
}
const path = process.env.PATH
beforeEach(() => {
  writeFileSync(file, before)
  writeFileSync(
    join(folder, 'people.yaml'),
    'people: { one: { name: One } }\ngroups: { all: [one], databases: [one] }\n',
  )
  rmSync(join(folder, 'production-ca.pem'), { force: true })
  kubectl('role_id\\nsecret_id\\n')
  process.env.PATH = `${folder}:${path}`
  return () => {
    process.env.PATH = path
  }
})
const integrations = () => {
  const { integrations: all } = JSON.parse(JSON.stringify(readYaml(readFileSync(file, 'utf8'), file).content))
  return all
}

describe('latchkey integration add', () => {
  test('takes what the ConfigMap of a release says, and keeps every comment of the file', async () => {
    const line = [...from, '--name', 'production', ...parties, '--access-details', 'Use the replica.']
    const manage = ['kv/apps/=ReadWrite', 'kv/apps/=ReadOnly', 'kv/web/=Admin'].flatMap((one) => ['--manage', one])
    const owner = ['--owner-key', 'team', '--owner-allow', 'group:databases']
    const run = await runCli([...line, ...owner, ...manage], { input: configMap })
    expect([run.code, run.out]).toEqual([0, expect.stringContaining('+   - name: production')])
    expect(run.err).toContain('How to use it: Use the replica.')
    expect(integrations()[1]).toEqual({
      ...{ name: 'production', requesters: ['group:all'], owner: ['group:all'] },
      resourceOwner: { key: 'team', allow: ['group:databases'] },
      accessDetails: 'Use the replica.',
      vault: {
        internalUrl: 'http://vault.vault.svc.cluster.local:8200',
        externalUrl: 'https://vault.example.com',
        // Where nobody answers, the login stays the one that every installed vault has.
        credentials: { secret: { namespace: 'vault', name: 'vault-role' } },
        management: [
          { path: 'kv/apps/', permissions: ['ReadWrite', 'ReadOnly'] },
          { path: 'kv/web/', permissions: ['Admin'] },
        ],
      },
    })
    const lines = readFileSync(file, 'utf8').split('\n')
    expect(before.split('\n').filter((one) => !lines.includes(one))).toEqual([])
    expect(readFileSync(join(folder, 'asked'), 'utf8')).not.toContain('jsonpath')
    expect(readdirSync(folder).filter((one) => one.startsWith('.latchkey'))).toEqual([])
  })

  test('takes the lines that install.sh prints, and writes the authority beside the configuration', async () => {
    const role = ['--kubernetes-role', 'latchkey', '--audience', 'team']
    // The certificate is checked as the server would: this one is none.
    const bad = await runCli([...from, '--name', 'production', ...parties, ...role], { input: printed })
    expect(bad.code).toBe(0)
    expect(readFileSync(join(folder, 'production-ca.pem'), 'utf8')).toBe(`${pem}\n`)
    expect(integrations()[1].vault).toEqual({
      internalUrl: 'https://vault.vault.svc.cluster.local:8200',
      caFile: join(folder, 'production-ca.pem'),
      credentials: { kubernetes: { role: 'latchkey', audience: 'team' } },
    })
  })

  test('asks at a terminal for the rest, with a preview of the details, and prints the entry without writing', async () => {
    const answers = [
      ...['production', '', '', '', 'group:all', 'group:all,person:one', 'team', 'group:databases'],
      ...['kv/apps/=Admin', 'x'.repeat(401), 'Ask first.', 'n', 'Use the replica.', 'y'],
    ]
    const run = await runCli([...from, '--print'], { input: printed, answers })
    expect(run.err).toMatch(
      /401 characters: at most 400[\s\S]*Ask first\.[\s\S]*On the page: {2}Good to know: Use the replica\./,
    )
    expect(readYaml(`integrations:\n${run.out}`, 'x').content).toMatchObject({
      integrations: [{ name: 'production', owner: ['group:all', 'person:one'], accessDetails: 'Use the replica.' }],
    })
    expect(readYaml(run.out, 'x').content).toMatchObject([
      {
        vault: {
          credentials: { kubernetes: { role: 'latchkey' } },
          management: [{ path: 'kv/apps/', permissions: ['Admin'] }],
        },
      },
    ])
    expect(readFileSync(file, 'utf8')).toBe(before)
    expect(existsSync(join(folder, 'production-ca.pem'))).toBe(false)
  })

  test('takes the AppRole of a vault in a cluster where a person wants that, and proposes no cluster elsewhere', async () => {
    const line = [...from, '--print', '--name', 'production', '--external-url', 'https://vault.example.com', ...parties]
    const inCluster = await runCli(line, { input: printed, answers: ['', '-', '', '', '', ''] })
    expect(readYaml(inCluster.out, 'x').content).toMatchObject([
      { vault: { credentials: { secret: { namespace: 'vault', name: 'vault-role' } } } },
    ])
    const input = JSON.stringify({ data: { internalUrl: 'https://vault.example.com' } })
    const elsewhere = await runCli(line, { input, answers: ['', 'team/role', '', '', ''] })
    expect(readYaml(elsewhere.out, 'x').content).toMatchObject([
      { vault: { credentials: { secret: { namespace: 'team', name: 'role' } } } },
    ])
  })

  test.each<[string, readonly string[], string, RegExp]>([
    ['a name that is taken', ['--name', 'staging', ...parties], configMap, /"staging" is used twice/],
    [
      'an owner whom nobody knows',
      ['--name', 'a', '--requester', 'group:all', '--owner', 'group:nobody'],
      configMap,
      /there is no such group/,
    ],
    ['no name where nobody can be asked', parties, configMap, /--name is needed/],
    [
      'details that are too long',
      ['--name', 'a', ...parties, '--access-details', 'x'.repeat(401)],
      configMap,
      /at most 400/,
    ],
    [
      'a folder without a permission',
      ['--name', 'a', ...parties, '--manage', 'kv/apps/'],
      configMap,
      /--manage kv\/apps\/: write PATH=PERMISSION/,
    ],
    [
      'a folder outside the mounts',
      ['--name', 'a', ...parties, '--manage', 'other/=Admin'],
      configMap,
      /begin with one of kvMounts/,
    ],
    [
      'an input without a connection',
      ['--name', 'a', ...parties],
      'hello',
      /neither its ConfigMap as JSON nor the lines/,
    ],
  ])('refuses %s, and writes nothing', async (_name, line, input, message) => {
    const run = await runCli([...from, ...line], { input })
    expect(run.code).toBeGreaterThan(0)
    expect(run.out + run.err).toMatch(message)
    expect(readFileSync(file, 'utf8')).toBe(before)
  })

  test('refuses a secret without a secret_id', async () => {
    kubectl('role_id\\n')
    const run = await runCli([...from, '--name', 'a', ...parties], { input: configMap })
    expect(run).toMatchObject({
      code: 1,
      err: expect.stringMatching(/vault\/vault-role has no secret_id; it has: role_id/),
    })
  })
})
