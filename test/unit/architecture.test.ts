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
  'chat/kind': ['app', 'ports', 'domain', 'findings', 'outbound'],
  'chat/index': ['chat/kind', 'chat/slack', 'chat/teams'],
  'chat/conversation': ['app', 'views', 'ports', 'domain'],
  'chat/intake': ['app', 'ports', 'domain'],
  'chat/slack': ['chat/kind', 'chat/conversation', 'chat/intake', 'app', 'views', 'ports', 'domain', 'findings'],
  'chat/teams': [
    'chat/teams/answers',
    'chat/teams/cards',
    'chat/teams/connector',
    'chat/teams/deliveries',
    'chat/teams/settings',
    'chat/teams/hosts',
    'chat/teams/certificate',
    'chat/kind',
    'chat/conversation',
    'chat/intake',
    'views',
    'ports',
    'domain',
    'findings',
  ],
  'chat/teams/answers': [
    'chat/teams/cards',
    'chat/teams/connector',
    'chat/teams/deliveries',
    'chat/teams/failure',
    'chat/teams/settings',
    'chat/conversation',
    'app',
    'views',
    'ports',
    'domain',
  ],
  'chat/teams/cards': ['chat/conversation', 'views', 'domain'],
  'chat/teams/connector': [
    'chat/teams/settings',
    'chat/teams/hosts',
    'chat/teams/certificate',
    'chat/conversation',
    'ports',
    'domain',
  ],
  'chat/teams/deliveries': [
    'chat/teams/connector',
    'chat/teams/failure',
    'chat/teams/settings',
    'chat/conversation',
    'chat/intake',
    'app',
    'views',
    'ports',
    'domain',
  ],
  'chat/teams/failure': ['app'],
  'chat/teams/settings': ['chat/teams/hosts', 'chat/teams/certificate', 'chat/kind', 'domain'],
  'chat/teams/hosts': ['domain'],
  'chat/teams/certificate': ['domain'],
  http: ['http/api', 'http/people', 'control', 'app', 'views', 'ports', 'domain'],
  'http/api': ['control', 'app', 'views', 'ports', 'domain'],
  'http/people': ['control', 'http', 'chat/conversation', 'app', 'views', 'ports', 'domain'],
  identity: ['ports', 'domain'],
  connectors: ['certificates', 'ports', 'domain'],
  directory: ['config/yaml', 'ports', 'domain'],
  'store/rows': ['domain'],
  'store/postgres-address': ['domain'],
  'store/address': ['store/postgres-address'],
  'store/audit-words': ['store/rows', 'domain'],
  'store/audit-chain': ['store/audit-words', 'store/rows', 'ports', 'domain'],
  'store/migrations': [],
  'store/gate': ['ports', 'domain'],
  'store/each-verb': [],
  'store/postgres': [
    'store/address',
    'store/postgres-address',
    'store/migrations',
    'store/gate',
    'store/each-verb',
    'store/rows',
    'store/audit-chain',
    'store/audit-words',
    'ports',
    'domain',
  ],
  'store/sqlite': [
    'store/address',
    'store/migrations',
    'store/gate',
    'store/each-verb',
    'store/rows',
    'store/audit-chain',
    'store/audit-words',
    'ports',
    'domain',
  ],
  store: ['store/sqlite', 'store/postgres', 'store/address', 'store/postgres-address', 'ports', 'domain'],
  control: ['app', 'ports', 'domain'],
  observe: ['app', 'ports', 'domain'],
  'observe/start': ['observe', 'observe/receivers', 'config', 'app', 'ports', 'domain'],
  'observe/rotation-hooks': ['observe', 'webhook-key', 'ports', 'domain'],
  'webhook-key': ['domain'],
  'observe/receivers': ['observe', 'config', 'views', 'ports', 'domain'],
  stop: ['app', 'domain'],
  'keep-connecting': ['chat/kind', 'app', 'domain'],
  findings: ['domain'],
  version: [],
  config: [
    'store/address',
    'store/postgres-address',
    'config/yaml',
    'config/proxy',
    'chat/kind',
    'certificates',
    'domain',
    'terminal',
  ],
  'config/yaml': ['terminal'],
  'config/proxy': ['domain'],
  certificates: [],
  outbound: ['certificates', 'config/proxy'],
  terminal: [],
  log: ['app', 'terminal'],
  clock: ['ports', 'domain'],
  // The package for people knows nothing of the rest. The operators' command takes its scripts for shells.
  'people-cli': ['people-cli/completion', 'people-cli/text'],
  'people-cli/completion': ['people-cli/text'],
  'people-cli/text': [],
  cli: [
    'people-cli/completion',
    'main',
    'config',
    'config/proxy',
    'config/yaml',
    'outbound',
    'clock',
    'certificates',
    'webhook-key',
    'log',
    'terminal',
    'store',
    'store/address',
    'store/postgres-address',
    'control',
    'directory',
    'chat/index',
    'chat/kind',
    'chat/slack',
    'chat/teams',
    'chat/teams/connector',
    'chat/teams/settings',
    'findings',
    'views',
    'connectors',
    'app',
    'ports',
    'domain',
  ],
  simulator: [],
  demo: ['main', 'cli', 'store', 'ports', 'config', 'config/yaml', 'connectors', 'simulator'],
  build: [
    'config',
    'outbound',
    'clock',
    'store',
    'connectors',
    'directory',
    'chat/kind',
    'identity',
    'observe/start',
    'observe/rotation-hooks',
    'version',
    'app',
    'ports',
    'domain',
  ],
  main: [
    'build',
    'chat/index',
    'config',
    'log',
    'store',
    'keep-connecting',
    'terminal',
    'connectors',
    'http',
    'http/api',
    'http/people',
    'observe/start',
    'control',
    'stop',
    'app',
    'domain',
  ],
}

/** Package → the only room, or the only file, that may import it. */
const packages: Record<string, readonly string[]> = {
  '@slack/': ['chat/slack'],
  '@microsoft/': ['chat/teams'],
  botbuilder: ['chat/teams'],
  jose: ['chat/teams', 'identity', 'connectors/vault/login-token'],
  'node-vault': ['connectors/vault/client'],
  'drizzle-orm': ['store/sqlite', 'store/postgres'],
  pg: ['store/postgres'],
  'better-sqlite3': ['store/sqlite'],
  yaml: ['config/yaml', 'config/integration-edit', 'directory/people-edit', 'connectors/vault/manifests'],
  pino: ['log'],
  'prom-client': ['observe'],
  bcryptjs: ['connectors/vault/hash-password'],
  '@node-rs/': ['connectors/vault/hash-password'],
  hono: ['http', 'simulator'],
  '@hono/': ['http', 'simulator'],
  ws: ['simulator', 'connectors/remote'],
  commander: ['cli'],
  fflate: ['cli/teams'],
  'openid-client': ['identity'],
}

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
const isIn = (file: string, room: string): boolean => `${file.replace(/\.ts$/, '')}/`.startsWith(`${room}/`)
/** The innermost room that has arrows. */
const roomOf = (file: string): string =>
  Object.keys(arrows)
    .filter((room) => isIn(file, room))
    .reduce((inner, room) => (room.length > inner.length ? room : inner), '')
const textOf = (file: string): string => readFileSync(join(source, file), 'utf8')
const importsOf = (file: string): string[] =>
  [...textOf(file).matchAll(/(?:from|import\(|require\()\s*'([^']+)'/g)].map(([, name]) => name ?? '')
/** What is needed before the file itself runs: types are gone by then, and an `import()` waits. */
const valuesNeededBy = (file: string): string[] =>
  [...textOf(file).matchAll(/^(?:import|export)(?! type\b)([^;]*?) from '(\.[^']+)'|^import '(\.[^']+)'/gm)]
    .filter(([, names = '']) => !/^\s*\{(\s*type \w+(?: as \w+)?,?)+\s*\}$/.test(names))
    .map(([, , name = '', bare = '']) => normalize(join(dirname(file), name || bare)))

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

test('a package is imported by the one room or file that tames it', () => {
  const wrong = files.flatMap((file) =>
    importsOf(file).flatMap((name) =>
      Object.entries(packages)
        .filter(([prefix]) =>
          prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix || name.startsWith(`${prefix}/`),
        )
        .filter(([, rooms]) => !rooms.some((room) => isIn(file, room)))
        .map(() => `${file} → ${name}`),
    ),
  )
  expect(wrong).toEqual([])
})

test('the domain knows no clock, no randomness, no process and no package', () => {
  const wrong = files
    .filter((file) => roomOf(file) === 'domain')
    .filter((file) => {
      const text = textOf(file)
      return /Date\.now|new Date\(\)|Math\.random|process\.|from 'node:|from 'zod'/.test(text)
    })
  expect(wrong).toEqual([])
})

test('what every store shares knows no database: rows and the chain of the audit import no package but zod', () => {
  const wrong = files
    .filter((file) => ['store/rows', 'store/audit-chain', 'store/audit-words'].includes(roomOf(file)))
    .flatMap((file) =>
      importsOf(file)
        .filter((name) => !name.startsWith('.') && !['zod', 'node:crypto'].includes(name))
        .map((name) => `${file} → ${name}`),
    )
  expect(wrong).toEqual([])
})

test('the conversation with people, and the way in, know no platform by name', () => {
  const wrong = files
    .filter((file) => ['chat/conversation', 'chat/intake'].includes(roomOf(file)))
    .filter((file) => /slack|teams|bolt|adaptive|block kit/i.test(textOf(file)))
  expect(wrong).toEqual([])
})

test('what every store must do says nothing about SQLite, so that another database can be put to it', () => {
  const folder = join(import.meta.dirname, '../contract')
  const contracts = readdirSync(folder).filter((file) => /^store.*\.contract\.ts$/.test(file))
  const textIn = (file: string) => readFileSync(join(folder, file), 'utf8')
  expect(contracts.length).toBeGreaterThan(9)
  expect(
    contracts.filter((file) => /[Ss][Qq][Ll]ite|PRAGMA|:memory:|\b(?:SELECT|UPDATE|INSERT)\b/.test(textIn(file))),
  ).toEqual([])
})

test('every room has its arrows drawn', () => {
  expect(files.filter((file) => roomOf(file) === '')).toEqual([])
})

test('no source file is longer than 250 lines', () => {
  const long = files.filter((file) => textOf(file).split('\n').length > 251)
  expect(long.map((file) => relative(source, join(source, file)))).toEqual([])
})

test('no file waits for itself: values are imported in no circle', () => {
  const circles: string[] = []
  const done = new Set<string>()
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) circles.push([...trail.slice(trail.indexOf(file)), file].join(' → '))
    if (done.has(file) || trail.includes(file)) return
    for (const next of valuesNeededBy(file)) walk(next, [...trail, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})

test('the registry of chats loads no library of a chat: each comes only where its chat is configured', () => {
  const needed = new Set(['chat/index.ts'])
  for (const file of needed) for (const next of valuesNeededBy(file)) needed.add(next)
  expect([...needed]).toContain('chat/teams/settings.ts')
  const libraries = ['@slack/', '@microsoft/', 'botbuilder', 'jose']
  const loaded = [...needed].flatMap((file) =>
    importsOf(file).filter((name) => libraries.some((one) => name.startsWith(one))),
  )
  expect(loaded.filter((name) => !name.startsWith('.'))).toEqual([])
})

test('an error is told by its class or code, never by its text', () => {
  const reads =
    /(?:message|(?:String|messageOf)\((?:error|cause)\))\s*\.(?:includes|startsWith|endsWith|match)\(|\.test\((?:messageOf\()?(?:error|cause)\b/
  // The demo reads what another program printed.
  expect(files.filter((file) => !isIn(file, 'demo') && reads.test(textOf(file)))).toEqual([])
})

test('what a file exports for others to call is used by another file, or by a test', () => {
  const wordsOf = (text: string) => new Set(text.match(/[A-Za-z_]\w*/g))
  const tests = readdirSync(join(source, '../test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => wordsOf(readFileSync(join(source, '../test', file), 'utf8')))
  const words = new Map(files.map((file) => [file, wordsOf(textOf(file))]))
  const unused = files
    .filter((file) => file !== 'store/sqlite/schema.ts') // it describes every table, also those that only raw SQL reads
    .flatMap((file) =>
      [...textOf(file).matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !tests.some((used) => used.has(name)))
        .filter((name) => !files.some((other) => other !== file && words.get(other)?.has(name)))
        .map((name) => `${file}: ${name}`),
    )
  expect(unused).toEqual([])
})

test('no function is put in its place after the closure that calls it was made', () => {
  const lateBound = /\blet \w+(?:: [^=\n]+)? = (?:async )?\(\) => (?:\{\}|undefined)/
  expect(files.filter((file) => lateBound.test(textOf(file)))).toEqual([])
})
