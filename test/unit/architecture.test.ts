import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { expect, test } from 'vitest'

const source = join(import.meta.dirname, '../../src')

/** Room → rooms that it may import. Files at the top of `src` are rooms of their own. */
const arrows: Record<string, readonly string[]> = {
  domain: [],
  views: ['domain'],
  ports: ['views', 'domain'],
  app: ['views', 'ports', 'domain'],
  'chat/commands': ['views', 'domain'],
  'chat/request-words': ['domain'],
  'chat/slack': ['chat/commands', 'chat/request-words', 'app', 'views', 'ports', 'domain'],
  http: ['app', 'views', 'ports', 'domain'],
  identity: ['ports', 'domain'],
  connectors: ['certificates', 'ports', 'domain'],
  directory: ['ports', 'domain', 'yaml'],
  store: ['ports', 'domain'],
  control: ['app', 'ports', 'domain'],
  observe: ['app', 'ports', 'domain'],
  operations: ['config', 'control', 'observe', 'app', 'views', 'ports', 'domain', 'version'],
  stop: ['app', 'domain'],
  'keep-connecting': ['chat/slack', 'app', 'domain'],
  version: [],
  'config-schema': ['domain'],
  config: ['config-schema', 'config-problems', 'config-proxy', 'certificates', 'domain', 'yaml'],
  'config-problems': ['config-meanings'],
  'config-meanings': [],
  certificates: [],
  'config-proxy': ['domain'],
  outbound: ['certificates', 'config-proxy'],
  terminal: [],
  yaml: ['terminal'],
  log: ['app', 'terminal'],
  clock: ['ports', 'domain'],
  cli: [
    'main',
    'config',
    'config-schema',
    'config-meanings',
    'config-proxy',
    'outbound',
    'clock',
    'certificates',
    'terminal',
    'yaml',
    'store',
    'control',
    'directory',
    'chat/slack',
    'views',
    'connectors',
    'app',
    'views',
    'ports',
    'domain',
  ],
  simulator: [],
  demo: ['main', 'config', 'connectors', 'simulator'],
  main: [
    'config',
    'log',
    'outbound',
    'keep-connecting',
    'clock',
    'terminal',
    'store',
    'connectors',
    'directory',
    'chat/slack',
    'http',
    'identity',
    'operations',
    'stop',
    'app',
    'ports',
    'domain',
  ],
}

/** Package → the only room that may import it. */
const packages: Record<string, readonly string[]> = {
  '@slack/': ['chat/slack'],
  '@microsoft/': ['chat/teams'],
  botbuilder: ['chat/teams'],
  'node-vault': ['connectors'],
  'drizzle-orm': ['store'],
  'better-sqlite3': ['store'],
  yaml: ['yaml'],
  pino: ['log'],
  'prom-client': ['observe'],
  bcryptjs: ['connectors'],
  hono: ['http', 'simulator'],
  '@hono/': ['http', 'simulator'],
  ws: ['simulator'],
  commander: ['cli'],
  'openid-client': ['identity'],
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const roomOf = (file: string): string => {
  const parts = file.replace(/\.ts$/, '').split('/')
  return parts[0] === 'chat' ? parts.slice(0, 2).join('/') : (parts[0] ?? '')
}
const importsOf = (file: string): string[] =>
  [...readFileSync(join(source, file), 'utf8').matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(
    ([, name]) => name ?? '',
  )

test('rooms import only along the arrows', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file)
      .filter((name) => name.startsWith('.'))
      .map((name) => normalize(join(dirname(file), name)))
      .filter((target) => roomOf(target) !== roomOf(file) && !arrows[roomOf(file)]?.includes(roomOf(target)))
      .map((target) => `${file} → ${target}`),
  )
  expect(wrong).toEqual([])
})

test('a package is imported by the one room that tames it', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap((name) =>
      Object.entries(packages)
        .filter(([prefix]) =>
          prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix || name.startsWith(`${prefix}/`),
        )
        .filter(([, rooms]) => !rooms.includes(roomOf(file)))
        .map(() => `${file} → ${name}`),
    ),
  )
  expect(wrong).toEqual([])
})

test('the domain knows no clock, no randomness, no process and no package', () => {
  const wrong = files
    .filter((file) => roomOf(file) === 'domain')
    .filter((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      return /Date\.now|new Date\(\)|Math\.random|process\.|from 'node:|from 'zod'/.test(text)
    })
  expect(wrong).toEqual([])
})

test('every room has its arrows drawn', () => {
  expect([...new Set(files.map(roomOf))].filter((room) => !(room in arrows))).toEqual([])
})

test('no source file is longer than 250 lines', () => {
  const long = files.filter((file) => readFileSync(join(source, file), 'utf8').split('\n').length > 251)
  expect(long.map((file) => relative(source, join(source, file)))).toEqual([])
})
