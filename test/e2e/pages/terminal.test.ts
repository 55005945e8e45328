import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { findOpenBao } from '../../../src/demo/openbao-binary.ts'
import { secret } from '../../../src/domain/secret.ts'
import { commandsForToken, terminalCommands } from '../../../src/http/terminal-commands.ts'
import { openBao, type TestVault } from '../../support/openbao.ts'
import { rawCall } from '../../support/openbao-calls.ts'
import { credential } from './fake-fetch.ts'

const run = promisify(execFile)
let vault: TestVault
let home: string

beforeAll(async () => {
  vault = await openBao()
})
afterAll(() => vault?.stop())

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-terminal-'))
  await symlink(await findOpenBao(), join(home, vault.server.flavour === 'openbao' ? 'bao' : 'vault'))
})
afterEach(() => rm(home, { recursive: true, force: true }))

/** Pastes the page's lines into a bash whose person has the given variables set. */
const paste = async (variables: Record<string, string>): Promise<string> =>
  bash((await freshLines()).join('\n'), variables)

const freshLines = async (): Promise<readonly string[]> => {
  const program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  const { address, rootToken } = vault.server
  const wrapped = await rawCall(address, rootToken)(
    'POST',
    'auth/token/create',
    { policies: ['default'] },
    {
      'X-Vault-Wrap-TTL': '60s',
    },
  )
  const wrappingToken = secret(String(wrapped.body.wrap_info.token))
  const { namespace: _none, ...here } = {
    ...credential,
    address,
    wrappingToken,
    commands: [`${program} token lookup`],
    ways: [],
  }
  return terminalCommands(program, here)
}

const bash = async (lines: string, variables: Record<string, string> = {}, typed = ''): Promise<string> => {
  const env = { HOME: home, PATH: `${home}:${process.env.PATH}`, ...variables }
  const running = run('bash', ['-c', lines], { env })
  running.child.stdin?.end(typed)
  return (await running).stdout
}

it('the lines for a terminal sign in on a real server', async () => {
  expect(await paste({})).toMatch(/^policies +\[default\]$/m)
})

it('the lines for a terminal sign in past a login in the home folder, which stays as it is', async () => {
  const own = join(home, '.vault-token')
  await writeFile(own, 's.of-their-own')
  expect(await paste({})).toMatch(/^policies +\[default\]$/m)
  expect(await readFile(own, 'utf8')).toBe('s.of-their-own')
})

it.each(['bash', 'sh'])(
  'in %s, lines with a used token fail, and never read with the login in the home folder',
  async (shell) => {
    const { rootToken } = vault.server
    const program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
    await writeFile(join(home, '.vault-token'), rootToken)
    const lines = (await freshLines()).join('\n')
    expect(await bash(lines)).toMatch(/^policies +\[default\]$/m)
    const env = { HOME: home, PATH: `${home}:${process.env.PATH}` }
    const again = run(shell, ['-c', `${lines}\n${program} token lookup`], { env }) // and a command that the person types
    const failed = await again.then(
      () => undefined,
      (error: { stdout: string; stderr: string }) => error,
    )
    expect(failed).toBeDefined()
    expect(failed?.stdout).not.toContain('policies')
    expect(failed?.stderr).toMatch(/wrapping token is not valid/)
    expect(failed?.stderr.match(/permission denied|bad token|invalid token/g)?.length).toBeGreaterThanOrEqual(2)
  },
)

it('the lines for a token fail without one, and never read with the login in the home folder', async () => {
  const program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  const { address, rootToken } = vault.server
  await writeFile(join(home, '.vault-token'), rootToken)
  const lines = commandsForToken(program, { address, commands: [`${program} token lookup`], ways: [] })
  await expect(bash(lines.join('\n'), {}, '\n')).rejects.toMatchObject({
    stdout: expect.not.stringContaining('policies'),
    stderr: expect.stringContaining('permission denied'),
  })
})

it('the lines for a token that is shown ask for it, and leave no file', async () => {
  const program = vault.server.flavour === 'openbao' ? 'bao' : 'vault'
  const { address, rootToken } = vault.server
  const made = await rawCall(address, rootToken)('POST', 'auth/token/create', { policies: ['default'] })
  const usage = { address, commands: [`${program} token lookup`], ways: [] }
  const shown = await bash(commandsForToken(program, usage).join('\n'), {}, `${made.body.auth.client_token}\n`)
  expect(shown).toMatch(/^policies +\[default\]$/m)
  await expect(readFile(join(home, '.vault-token'))).rejects.toThrow()
})

it('the lines for a terminal sign in past an old token, namespace and address in the environment', async () => {
  const old = { TOKEN: 's.left-over-from-last-week', NAMESPACE: 'of/another/team', ADDR: 'http://127.0.0.1:1' }
  const variables = Object.entries(old).flatMap(([name, value]) => [
    [`BAO_${name}`, value],
    [`VAULT_${name}`, value],
  ])
  expect(await paste(Object.fromEntries(variables))).toMatch(/^policies +\[default\]$/m)
})

it('the lines for a token take no pasted line for the token, and leave it out of the history', async () => {
  const lines = commandsForToken('bao', {
    address: 'http://127.0.0.1:1',
    commands: ['echo "given: $BAO_TOKEN"'],
    ways: [],
  })
  // A shell that takes a paste for typing, as older ones do.
  const shell = 'bash --norc --noprofile -i -o history'
  const env = { HOME: home, PATH: `${home}:${process.env.PATH}`, TERM: 'dumb', HISTFILE: join(home, 'history') }
  const child = spawn('script', ['-qfc', shell, '/dev/null'], { env, cwd: home })
  let shown = ''
  let isTyped = false
  child.stdout.on('data', (chunk) => {
    shown += chunk
    if (isTyped || !/^Token: /m.test(shown)) return
    isTyped = true
    child.stdin.write('s.of-their-own\nhistory\nexit\n')
  })
  child.stdin.write(`bind 'set enable-bracketed-paste off'\n${lines.join('\n')}\n`)
  await once(child, 'exit')
  expect(shown).toContain('given: s.of-their-own')
  expect(shown.split('s.of-their-own')).toHaveLength(2) // shown by the command alone, not by the shell or its history
})
