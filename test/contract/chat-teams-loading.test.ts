import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../src/demo/latchkey-process.ts'

const source = join(import.meta.dirname, '../../src')
const hook = join(import.meta.dirname, '../support/note-modules.mjs')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-loading-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Runs a program; returns the modules that it loaded until it said the words. */
const modulesOf = async (name: string, args: readonly string[], words: string): Promise<string[]> => {
  const noted = join(folder, name)
  await writeFile(noted, '')
  const child = spawn(process.execPath, ['--import', pathToFileURL(hook).href, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, NOTED_MODULES: noted },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk))
  const gone = once(child, 'exit')
  await expect.poll(() => said, { timeout: 30_000 }).toContain(words)
  child.kill('SIGTERM')
  await gone
  return (await readFile(noted, 'utf8')).split('\n')
}

const sdk = /node_modules\/(?:@microsoft\/teams-ai|botbuilder|botframework|@azure|openai)/

test('a server without Teams loads nothing of the Teams SDK', async () => {
  const port = await freePort()
  await writeFile(join(folder, 'people.yaml'), 'people:\n  one: { name: One }\ngroups: { all: [one] }\n')
  const integration = {
    ...{ name: 'production', requesters: ['group:all'], owner: ['group:all'] },
    vault: { internalUrl: 'http://127.0.0.1:1', credentials: { folder } },
  }
  const config = {
    ...{ listen: { host: '127.0.0.1', port }, database: 'loading.sqlite', integrations: [integration] },
    link: { baseUrl: `http://127.0.0.1:${port}` },
  }
  await writeFile(join(folder, 'latchkey.yaml'), JSON.stringify(config))
  const loaded = await modulesOf('server', [join(source, 'main.ts')], 'listening')
  expect(loaded.filter((url) => url.endsWith('/src/main.ts'))).toHaveLength(1)
  expect(loaded.filter((url) => sdk.test(url))).toEqual([])
})

test('the Teams chat loads the SDK without what it has for language models', async () => {
  const app = pathToFileURL(join(source, 'chat/teams/app.ts')).href
  const program = `await import('${app}'); console.log('loaded'); setInterval(() => {}, 1000)`
  const loaded = await modulesOf('chat', ['--input-type=module', '--eval', program], 'loaded')
  for (const part of ['/@microsoft/teams-ai/lib/Application.js', '/botbuilder-core/lib/turnContext.js'])
    expect(loaded.filter((url) => url.includes(part))).not.toEqual([])
  expect(loaded.filter((url) => /node_modules\/(?:openai|gpt-tokenizer)\//.test(url))).toEqual([])
})

test('a server with Teams but without its library says what to install', async () => {
  const hidden = `import { registerHooks } from 'node:module'
registerHooks({
  resolve: (name, context, next) => {
    if (!name.startsWith('@microsoft/teams-ai')) return next(name, context)
    throw Object.assign(new Error('not there'), { code: 'ERR_MODULE_NOT_FOUND' })
  },
})`
  const kind = pathToFileURL(join(source, 'chat/teams/kind.ts')).href
  const program = `const { teams } = await import('${kind}')
const id = '11111111-1111-1111-1111-111111111111'
const section = teams.section.parse({ app: id, tenant: id })
const chat = teams.configure(section, () => ({ reveal: () => 'secret' }))
await chat.create({}).catch((error) => console.log(error.name, error.message))`
  await writeFile(join(folder, 'hidden.mjs'), hidden)
  const args = ['--import', pathToFileURL(join(folder, 'hidden.mjs')).href, '--input-type=module', '--eval', program]
  await modulesOf(
    'hidden',
    args,
    'ExternalError teams: the libraries @microsoft/teams-ai and botbuilder are not installed',
  )
})
