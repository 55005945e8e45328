import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readYaml } from '../../../src/config/yaml.ts'
import { runCli } from '../../support/run-cli.ts'

// `latchkey config show`: the configuration as code.

const folder = mkdtempSync(join(tmpdir(), 'latchkey-show-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'latchkey.yaml')
writeFileSync(join(folder, 'ca.pem'), 'an authority\n')
writeFileSync(join(folder, 'people.yaml'), 'people: { one: { name: One } }\ngroups: { all: [one] }\n')
writeFileSync(
  file,
  `link: { baseUrl: https://latchkey.example } # ours
listen: { port: 9000 }
journal: /elsewhere/names
metrics: { listen: "127.0.0.1:9100" }
events: { webhook: { url: "https://hooks.example/hunter2" } }
integrations:
  - name: Production
    requesters: [group:all]
    owner: [group:all]
    vault: { internalUrl: "https://vault.example", caFile: ${folder}/ca.pem, credentials: { folder: /x } }
  - name: team
    requesters: [group:all]
    owner: [group:all]
    vault: { internalUrl: "https://vault.example", credentials: { roleId: hunter3, role: latchkey, wrappedSecretIdFile: /w } }
`,
)
const show = async (as: string) => {
  const run = await runCli(['config', 'show', '--config', file, '--as', as])
  expect(run.code).toBe(0)
  expect(run.out).not.toMatch(/hunter/)
  expect(run.err).toContain('events.webhook.url, integrations[1].vault.credentials.roleId')
  return JSON.parse(JSON.stringify(readYaml(run.out, 'out').content))
}

test('is shown as the file would say it, without what may be a secret', async () => {
  const shown = await show('yaml')
  expect(shown.listen).toEqual({ port: 9000 })
  expect(shown.events.webhook.url).toBe('https://hooks.example/KEPT-BACK')
  expect(shown.integrations[0].vault.credentials).toEqual({ folder: '/x' })
})

test('is shown as values of the chart, with files as the chart mounts them', async () => {
  const { config, ...values } = await show('helm')
  for (const key of ['listen', 'journal', 'metrics']) expect(config).not.toHaveProperty(key) // the chart writes them
  expect(config.integrations[0].vault).toEqual({
    internalUrl: 'https://vault.example',
    caFile: '/run/latchkey/ca/authority-1/ca.crt',
    credentials: { folder: '/run/latchkey/vault/production' },
  })
  expect(values).toEqual({
    people: { people: { one: { name: 'One' } }, groups: { all: ['one'] } },
    metrics: { enabled: true, port: 9100 },
    journal: { enabled: true },
    secrets: { existingSecret: 'latchkey-secrets' },
    vaultCredentials: [{ name: 'production', existingSecret: 'latchkey-vault-production' }],
    caCertificates: [{ name: 'authority-1', pem: 'an authority\n' }],
  })
})

test('has the address of PostgreSQL, whose password only the environment has', async () => {
  const address = 'postgres://latchkey@db.example.com/latchkey?sslmode=verify-full'
  const other = join(folder, 'postgres.yaml')
  const text = `link: { baseUrl: https://latchkey.example }
database: ${address}
dataFolder: files
integrations:
  - name: team
    requesters: [group:all]
    owner: [group:all]
    vault: { internalUrl: "https://vault.example", credentials: { folder: /x } }
`
  writeFileSync(other, text)
  const environment = { DATABASE_URL: address.replace('@', ':hunter2@') }
  for (const [as, dataFolder] of [
    ['yaml', 'files'],
    ['helm', undefined],
  ] as const) {
    const run = await runCli(['config', 'show', '--config', other, '--as', as], { environment })
    expect([run.code, run.err]).toEqual([0, ''])
    const shown = JSON.parse(JSON.stringify(readYaml(run.out, 'out').content))
    const { database, dataFolder: found } = as === 'helm' ? shown.config : shown
    expect([database, found]).toEqual([address, dataFolder])
    expect(run.out).not.toContain('hunter2')
  }
})
