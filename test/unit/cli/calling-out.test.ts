import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runCli } from '../../support/run-cli.ts'

const folder = mkdtempSync(join(tmpdir(), 'latchkey-calls-'))
afterAll(() => rmSync(folder, { recursive: true }))
const config = join(folder, 'latchkey.yaml')
writeFileSync(
  config,
  `link: { baseUrl: "https://latchkey.example.com" }
integrations:
  - name: production
    requesters: [group:engineers]
    owner: [group:platform]
    vault: { internalUrl: "https://127.0.0.1:1", credentials: { folder: /nowhere } }
`,
)

const address = ['--address', 'https://127.0.0.1:1']
const callers: readonly (readonly string[])[] = [
  ['vault', 'setup', '--apply', ...address],
  ['vault', 'setup', '--remove', '--apply', '--yes', ...address],
  ['vault', 'unwrap', '--credentials-dir', folder, ...address],
  ['vault', 'kill-all', '--yes', ...address],
  ['vault', 'rotate', '--config', config],
  ['people', 'import', '--from', 'slack'],
  ['doctor', '--config', config],
]

test.each(callers)('latchkey %s %s calls nobody while certificates would not be checked', async (...line) => {
  writeFileSync(join(folder, 'wrapped_secret_id'), 'hvs.x')
  const environment = { NODE_TLS_REJECT_UNAUTHORIZED: '0', BAO_TOKEN: 'root', SLACK_BOT_TOKEN: 'xoxb-1' }
  const { code, out, err } = await runCli(line, { environment })
  expect(code).toBeGreaterThan(0)
  expect((out + err).replace(/\s+/g, ' ')).toMatch(
    /NODE_TLS_REJECT_UNAUTHORIZED=0 switches off the check of every certificate: unset it/,
  )
})

test.each([
  ['https://ada:hunter2@vault.example.com', /no user or password/],
  ['https://vault.example.com/?next=x', /without \? and what follows/],
  ['https://vault.example.com/#part', /without # and what follows/],
  ['vault.example.com', /write an address such as/],
])('the address %s of a vault is refused, and not repeated', async (given, complaint) => {
  const run = await runCli(['vault', 'kill-all', '--yes', '--address', given], { environment: { BAO_TOKEN: 'root' } })
  expect(run).toMatchObject({ code: 2, err: expect.stringMatching(complaint) })
  expect(run.err).not.toContain('hunter2')
})
