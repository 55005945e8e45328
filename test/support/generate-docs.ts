import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Registry } from 'prom-client'
import { chatKinds } from '../../src/chat/index.ts'
import { configSchema } from '../../src/cli/config/schema.ts'
import type { Io } from '../../src/cli/io.ts'
import { programFor } from '../../src/cli/program.ts'
import { targetOf } from '../../src/cli/vault/kill-all.ts'
import { killScript } from '../../src/cli/vault/kill-script.ts'
import { buys, policyText } from '../../src/cli/vault/policy-text.ts'
import { setupSettings } from '../../src/cli/vault/settings.ts'
import { meaningsWith } from '../../src/config/meanings.ts'
import { configFile } from '../../src/config/schema.ts'
import { type FailureCode, failure } from '../../src/connectors/vault/failure.ts'
import { managementPolicy, optionalRightNames } from '../../src/connectors/vault/management-policy.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import { Verb } from '../../src/control/protocol.ts'
import { rolesFor } from '../../src/control/roles.ts'
import { eventFields, eventKinds } from '../../src/domain/events.ts'
import { calls } from '../../src/http/api/calls.ts'
import { pageNeeds } from '../../src/http/page-roles.ts'
import { failure as signInFailure } from '../../src/identity/failure.ts'
import { newInstruments } from '../../src/observe/instruments.ts'
import { refusalText } from '../../src/views/copy.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { troubleSentence } from '../../src/views/copy-troubles.ts'
import { chartNames, valuesOf } from './chart-values.ts'
import { type Document, documents, root } from './documents.ts'
import { auditMeanings, refusalRemedies, refusals, signInRemedies, vaultRemedies } from './remedies.ts'

const meanings = meaningsWith(chatKinds)
const fileSchema = configFile(chatKinds)

/** `npm run docs`: writes the parts of the pages that the code knows better than anybody who writes about it. */

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim()
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = (text: string): string => `\`${text}\``

type Node = { readonly [key: string]: unknown }
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

const workloads = {
  kubernetes: [{ namespaces: ['shop'] }],
  jwt: [{ audience: 'https://vault.example.com', claims: ['repository', 'ref'] }],
}

/** A configuration with everything that has no default, to see what the code fills in. */
const bare = {
  link: { baseUrl: 'https://latchkey.example.com' },
  signIn: { issuer: 'https://id.example.com', clientId: 'latchkey' },
  slack: { tenants: ['T0123456'] },
  teams: { app: '11111111-1111-1111-1111-111111111111', tenant: '22222222-2222-2222-2222-222222222222' },
  audit: { webhook: { url: 'https://siem.example.com' }, syslog: { host: 'syslog.example.com', port: 6514 } },
  events: { webhook: { url: 'https://automation.example.com' } },
  metrics: { listen: '127.0.0.1:9464' },
  integrations: [
    {
      name: 'production',
      requesters: ['group:engineers'],
      owner: ['group:platform'],
      resourceOwner: { key: 'owner', pinned: [{ path: 'kv/a', owner: 'group:platform' }] },
      vault: {
        internalUrl: 'https://vault.example.com:8200',
        credentials: { folder: '/run/secrets/latchkey' },
        workloads,
      },
    },
  ],
}
const filledIn = (): unknown => {
  const { integrations, ...rest } = fileSchema.parse(bare)
  return { ...rest, integrations: integrations.map((one) => ({ ...one, vault: vaultParams.parse(one.vault) })) }
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((here, key) => {
    if (Array.isArray(here)) return here[0]
    return isNode(here) ? here[key] : undefined
  }, value)

/** Defaults that no schema holds. */
const otherDefaults: Readonly<Record<string, string>> = {
  database: code('data/latchkey.sqlite'),
  dataFolder: code('data'),
  'teams.tenants': '`teams.tenant`',
  'link.confirm': '`sign-in` with `signIn`, else `none`',
  'integrations.*.vault.externalUrl': '`internalUrl`',
  'integrations.*.resourceOwner.pinned': code('[]'),
}

/** What a pattern or a transformation allows, in words; the rest is read from the schema. */
const allowedWords: Readonly<Record<string, string>> = {
  'link.baseUrl': 'https address; http on this machine',
  'signIn.issuer': 'https address; http on this machine',
  'slack.tenants': 'list of ids `T…` or `E…`',
  'slack.command': '`/` and `a-z 0-9 _ -`, at most 32 characters',
  'slack.apiUrl': 'address of this machine',
  'teams.app': 'id of Entra (GUID)',
  'teams.tenant': 'id of Entra (GUID)',
  'teams.tenants': 'list of ids of Entra (GUIDs), at least one',
  'teams.serviceUrl': 'https address of Microsoft’s connector',
  'teams.simulatorUrl': 'address of this machine',
  'audit.headTo': 'channel as below, or https address',
  'audit.webhook.url': 'https address; http on this machine',
  'events.webhook.url': 'https address; http on this machine',
  'audit.syslog.caFile': 'name of a file',
  'metrics.listen': '`HOST:PORT`, such as `127.0.0.1:9464`',
  'integrations.*.name': 'letters, digits, `-`, at most 40',
  'integrations.*.channel': 'channel id, such as `C0123`, or `{ slack: C0123 }`',
  'integrations.*.resourceOwner.pinned.*.path': 'path; a final `*` matches any ending',
  'integrations.*.vault.include': 'list of paths; a `*` matches any text between slashes, a final `*` any ending',
  'integrations.*.vault.exclude': 'list of paths; a `*` matches any text between slashes, a final `*` any ending',
  'integrations.*.vault.internalUrl': 'http or https address',
  'integrations.*.vault.externalUrl': 'http or https address',
  'integrations.*.vault.proxy': 'http or https address',
  'integrations.*.vault.namePrefix': '`a-z 0-9 -`, at most 32',
  'integrations.*.vault.approleRole': 'name of a role',
  'integrations.*.vault.rotateEvery': 'length in `h` or `d`, such as `30d`; or seconds',
  'integrations.*.vault.credentials': '`remote`, or exactly one of the seven ways below',
  'integrations.*.vault.credentials.secret.namespace': 'name of Kubernetes',
  'integrations.*.vault.credentials.secret.name': 'name of Kubernetes',
  'integrations.*.vault.credentials.kubernetes.role': 'name of a role',
  'integrations.*.vault.credentials.jwt.role': 'name of a role',
  'integrations.*.vault.credentials.roleIdVariable': 'name of a variable',
  'integrations.*.vault.credentials.secretIdVariable': 'name of a variable',
}
const partyPattern = '^(person|group):'
/** Keys whose value is a length of time. */
export const lengthKeys: readonly string[] = [
  ...['claim', 'wake', 'discoverEvery', 'resumeWithin', 'driftEvery', 'accountsEvery'].map((key) => `reconcile.${key}`),
  ...['audit.headEvery', 'integrations.*.decideWithin', 'integrations.*.durations'],
]

const allowed = (key: string, schema: Node): string => {
  const words = allowedWords[key]
  if (words) return words
  if (lengthKeys.includes(key)) return schema.type === 'array' ? 'list of lengths' : 'length'
  if (Array.isArray(schema.enum)) return schema.enum.map((one) => code(String(one))).join(', ')
  if (typeof schema.pattern === 'string' && schema.pattern.startsWith(partyPattern))
    return '`group:NAME` or `person:KEY`'
  if (schema.type === 'array' && isNode(schema.items)) {
    const one = schema.items.type === 'object' ? 'entries' : allowed('', schema.items)
    return `list${schema.minItems === 1 ? ', at least one' : ''}: ${one}`
  }
  if (schema.type === 'object') return 'keys below'
  if (schema.type === 'integer' || schema.type === 'number') {
    const least = typeof schema.exclusiveMinimum === 'number' ? `above ${schema.exclusiveMinimum}` : schema.minimum
    return `${schema.type === 'integer' ? 'whole number' : 'number'}, ${least} to ${schema.maximum}`
  }
  if (schema.type === 'boolean') return '`true`, `false`'
  const most = schema.maxLength ? `, at most ${schema.maxLength} characters` : ''
  return `text${most}`
}

const written = (value: unknown, schema: Node): string => {
  if (Array.isArray(value))
    return `[${value.map((one) => written(one, isNode(schema.items) ? schema.items : {})).join(', ')}]`
  if (typeof value !== 'number' || schema.type !== 'string') return String(value)
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const
  const [unit, size] = units.find(([, one]) => value % one === 0 && (one > 60 || value > one)) ?? units[3]
  return `${value / size}${unit}`
}

type Row = { readonly key: string; readonly schema: Node; readonly isNeeded: boolean }

const rowsBelow = (node: Node, path: string): readonly Row[] => {
  const needed = Array.isArray(node.required) ? node.required : []
  const own = Object.entries(isNode(node.properties) ? node.properties : {}).flatMap(([name, schema]) => {
    if (!isNode(schema)) return []
    const key = path === '' ? name : `${path}.${name}`
    return [{ key, schema, isNeeded: needed.includes(name) }, ...rowsBelow(schema, key)]
  })
  const items = isNode(node.items) ? rowsBelow(node.items, `${path}.*`) : []
  const choices = Array.isArray(node.anyOf) ? node.anyOf.filter(isNode).flatMap((one) => rowsBelow(one, path)) : []
  return [...own, ...items, ...choices]
}

/** Every key of the configuration file, in the schema's order. */
export const configRows = (): readonly Row[] => rowsBelow(configSchema(), '')

const defaultOf = ({ key, schema, isNeeded }: Row, filled: unknown): string => {
  const other = otherDefaults[key]
  if (other) return other
  const isWay = key.startsWith('integrations.*.vault.credentials.')
  if (isWay && schema.default !== undefined) return code(String(schema.default))
  if (isNeeded) return isWay ? 'needed in this way' : 'needed'
  const value = at(filled, key)
  const isFilledIn = value !== undefined && at(bare, key) === undefined
  return isFilledIn && !isNode(value) ? code(written(value, schema)) : '–'
}

const configTable = (): string => {
  const filled = filledIn()
  return table(
    ['key', 'meaning', 'default', 'allowed'],
    configRows().map((row) => [
      code(row.key.replaceAll('.*', '[]')),
      meanings[row.key] ?? '',
      defaultOf(row, filled),
      allowed(row.key, row.schema),
    ]),
  )
}

/** What `--help` prints, whatever terminal there is. */
const helpOf = (command: Command, said: string[]): string => {
  said.length = 0
  command.configureHelp({ helpWidth: 80 }).outputHelp()
  return said.join('\n')
}

/** Each command of the program with its help; the ones that only hold others as well. */
export const commandHelps = async () => {
  const said: string[] = []
  const say = (text = '') => void said.push(text)
  const io: Io = { environment: {}, width: 80, say, note: say, ask: async () => undefined, input: async () => '' }
  const below = (command: Command, path: readonly string[]): readonly CommandHelp[] => [
    { path, describe: command.description(), hasOthers: command.commands.length > 0, help: helpOf(command, said) },
    ...command.commands.flatMap((one) => below(one, [...path, one.name()])),
  ]
  return below(await programFor(undefined, io), []).filter(({ path }) => path.at(-1) !== 'help')
}
type CommandHelp = {
  readonly path: readonly string[]
  readonly describe: string
  readonly hasOthers: boolean
  readonly help: string
}

const exampleIn = ({ help }: CommandHelp): string => {
  const [, example] = /^ {2}\$ (.*)$/m.exec(help.slice(help.indexOf('\nExamples:'))) ?? []
  const [, usage = ''] = /^Usage: (.*)$/m.exec(help) ?? []
  return code(example ?? usage.replace(' [options]', ''))
}

const cliReference = async (): Promise<string> => {
  const all = await commandHelps()
  const used = all.filter(({ hasOthers }) => !hasOthers)
  const lines = used.map((one) => [code(['latchkey', ...one.path].join(' ')), one.describe, exampleIn(one)])
  const helps = used.map(
    ({ path, help }) =>
      `<details><summary><code>latchkey ${path.join(' ')}</code></summary>\n\n\`\`\`text\n${help}\n\`\`\`\n\n</details>`,
  )
  return [table(['command', 'what it does', 'example'], lines), ...helps].join('\n\n')
}

const refusalTable = (): string =>
  table(
    ['code', 'what the person reads', 'what an operator can do'],
    Object.entries(refusals).map(([name, refusal]) => {
      const sentences: Readonly<Record<string, (given: never) => Parameters<typeof plainText>[0]>> = refusalText
      const sentence = sentences[name]?.(refusal as never) ?? []
      return [code(name), plainText(sentence), refusalRemedies[refusal.code]]
    }),
  )

const vaultFailureTable = (): string =>
  table(
    ['code', 'what people read', 'setting up', 'what to do'],
    Object.entries(vaultRemedies).map(([name, remedy]) => {
      const isOwn = ['account-busy', 'database-busy', 'database-away', 'journal-unwritable', 'not-configured'].includes(
        name,
      )
      const isPassing = isOwn || failure(name as FailureCode, '').transient
      return [code(name), troubleSentence(name), isPassing ? 'tried again' : 'given up', remedy]
    }),
  )

const signInFailureTable = (): string =>
  table(
    ['code', 'what happened', 'what to do'],
    (Object.keys(signInRemedies) as (keyof typeof signInRemedies)[]).map((name) => [
      code(name),
      signInFailure(name).message,
      signInRemedies[name],
    ]),
  )

const metricsTable = async (): Promise<string> => {
  const registry = new Registry()
  newInstruments(registry)
  const all = await registry.getMetricsAsJSON()
  const labels = (name: string) => {
    const metric: unknown = registry.getSingleMetric(name)
    const names = isNode(metric) && Array.isArray(metric.labelNames) ? metric.labelNames : []
    return names.map((one) => code(String(one))).join(', ') || '–'
  }
  return table(
    ['metric', 'type', 'labels', 'meaning'],
    all.map(({ name, type, help }) => [code(name), String(type), labels(name), help]),
  )
}

const rightsTable = (): string => {
  const plain = setupSettings({ kv: ['kv'], transit: ['transit'] })
  const layout = { ...plain, databaseMounts: ['database'], hasControlGroups: true }
  const base = managementPolicy(layout, [], 'least')
  return table(
    ['`--with`', 'what it buys', 'what it adds to the policy'],
    optionalRightNames.map((right) => [
      code(right),
      buys[right],
      Object.entries(managementPolicy(layout, [right], 'least'))
        .filter(([path]) => !(path in base))
        .map(([path, { capabilities }]) => `${capabilities.join(', ')} on ${code(path)}`)
        .join('; '),
    ]),
  )
}

const chartTable = (chart: string): string =>
  table(
    ['value', 'default', 'meaning'],
    valuesOf(chart).map(({ key, byDefault, meaning }) => [code(key), code(byDefault), meaning]),
  )

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``

/** Every verb of the control socket, the call that does the same, and the calls that need a role besides. */
const operatorTable = (): string => {
  const others = calls.filter(({ roles, path }) => roles && !path.startsWith('/operator/'))
  return table(
    ['verb', 'call', 'role', 'what it does'],
    [
      ...Verb.options.map(({ shape: { verb } }) => {
        const path = `/operator/${verb.value}`
        const summary = calls.find((call) => call.path === path)?.summary ?? ''
        return [code(verb.value), code(`POST ${path}`), rolesFor[verb.value].map(code).join(', '), summary]
      }),
      ...others.map(({ method, path, roles = [], summary }) => [
        ...['–', code(`${method.toUpperCase()} ${path}`), roles.map(code).join(', '), summary],
      ]),
    ],
  )
}

/** The parts that are generated, by the name in their markers. */
export const generatedParts = async (): Promise<Readonly<Record<string, string>>> => ({
  config: configTable(),
  cli: await cliReference(),
  rights: rightsTable(),
  policy: fenced('hcl', policyText(setupSettings({}))),
  'kill-all': fenced('sh', killScript(targetOf({}), 'bao')),
  metrics: await metricsTable(),
  audit: table(
    ['kind', 'meaning'],
    Object.entries(auditMeanings).map(([kind, meaning]) => [code(kind), meaning]),
  ),
  events: table(
    ['type', 'meaning', 'fields'],
    Object.values(eventKinds).map(({ type, means, fields }) => [code(type), means, fields.map(code).join(', ')]),
  ),
  'event-fields': table(
    ['field', 'meaning'],
    Object.entries(eventFields).map(([name, { means }]) => [code(name), means]),
  ),
  refusals: refusalTable(),
  'operator-verbs': operatorTable(),
  'page-needs': table(
    ['page', 'whom it is for'],
    Object.entries(pageNeeds).map(([path, needs]) => [
      code(path),
      typeof needs === 'string' ? needs : `operators: ${needs.map(code).join(', ')}`,
    ]),
  ),
  'vault-failures': vaultFailureTable(),
  'sign-in-failures': signInFailureTable(),
  ...Object.fromEntries(chartNames().map((chart) => [`values-${chart}`, chartTable(chart)])),
})

/** The pages with the generated parts between their markers; throws where a marker is missing or unknown. */
export const withGeneratedParts = async (pages: readonly Document[]): Promise<readonly Document[]> => {
  const parts = await generatedParts()
  const used = new Set<string>()
  const filled = pages.map(({ path, text }) => ({
    path,
    text: text.replace(
      /(<!-- generated: ([a-z-]+) -->)[\s\S]*?(<!-- \/generated -->)/g,
      (_, start: string, name: string, end: string) => {
        const part = parts[name]
        if (part === undefined) throw new Error(`nothing generates "${name}", which ${path} asks for`)
        used.add(name)
        return `${start}\n\n${part}\n\n${end}`
      },
    ),
  }))
  const missing = Object.keys(parts).filter((name) => !used.has(name))
  if (missing.length > 0) throw new Error(`no page has a marker for ${missing.join(', ')}`)
  return filled
}

if (import.meta.main) {
  for (const { path, text } of await withGeneratedParts(documents())) writeFileSync(join(root, path), text)
}
