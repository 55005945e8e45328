import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { Registry } from 'prom-client'
import { configSchema } from '../../src/cli/config/schema.ts'
import type { Io } from '../../src/cli/io.ts'
import { programFor } from '../../src/cli/main.ts'
import { targetOf } from '../../src/cli/vault/kill-all.ts'
import { killScript } from '../../src/cli/vault/kill-script.ts'
import { buys, policyText } from '../../src/cli/vault/policy-text.ts'
import { setupSettings } from '../../src/cli/vault/settings.ts'
import { meanings } from '../../src/config/meanings.ts'
import { ConfigFile } from '../../src/config/schema.ts'
import { type FailureCode, failure } from '../../src/connectors/vault/failure.ts'
import { managementPolicy, optionalRightNames } from '../../src/connectors/vault/management-policy.ts'
import { vaultParams } from '../../src/connectors/vault/params.ts'
import type { AuditKind } from '../../src/domain/audit-event.ts'
import type { Refusal } from '../../src/domain/refusal.ts'
import { seconds, timestamp } from '../../src/domain/time.ts'
import { failure as signInFailure } from '../../src/identity/failure.ts'
import { newInstruments } from '../../src/observe/instruments.ts'
import { refusalText } from '../../src/views/copy.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { troubleSentence } from '../../src/views/copy-troubles.ts'

/** `npm run docs`: writes the parts of the README that the code knows better than anybody who writes about it. */
const readme = join(import.meta.dirname, '../../README.md')

type Remedies<Code extends string> = Readonly<Record<Code, string>>

/** One of each, so that its sentence can be shown. */
const refusals: { readonly [Code in Refusal['code']]: Extract<Refusal, { code: Code }> } = {
  'unknown-person': { code: 'unknown-person', platform: 'slack', tenant: 'T0123456', subject: 'U0123456' },
  'not-admitted': { code: 'not-admitted', why: 'guest' },
  'not-a-requester': { code: 'not-a-requester', integration: 'production' },
  'no-such-resource': { code: 'no-such-resource' },
  'cannot-be-granted': { code: 'cannot-be-granted', obstacle: 'a part of its name is "+", …' },
  'not-offered': { code: 'not-offered', path: 'kv/apps/db' },
  'place-away': { code: 'place-away', place: 'kv/', since: timestamp(0), why: 'no-such-mount' },
  'no-such-permission': { code: 'no-such-permission', permission: 'write' },
  'reason-too-short': { code: 'reason-too-short', atLeast: 5 },
  'reason-too-long': { code: 'reason-too-long', atMost: 500 },
  'duration-not-offered': { code: 'duration-not-offered', longest: seconds(14_400) },
  'already-asked': { code: 'already-asked', state: 'pending' },
  'too-many-open': { code: 'too-many-open', most: 20 },
  'too-many-requests': { code: 'too-many-requests', most: 60, again: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'too-many-searches': { code: 'too-many-searches' },
  'nobody-to-decide': { code: 'nobody-to-decide' },
  'no-such-request': { code: 'no-such-request' },
  'own-request': { code: 'own-request' },
  'not-an-owner': { code: 'not-an-owner' },
  'already-decided-by-you': { code: 'already-decided-by-you' },
  'not-pending': { code: 'not-pending', state: 'approved' },
  'deadline-passed': { code: 'deadline-passed', at: timestamp(Date.UTC(2026, 0, 31, 14)) },
  'note-required': { code: 'note-required' },
  'not-the-requester': { code: 'not-the-requester' },
  'requester-gone': { code: 'requester-gone' },
  'requester-removed': { code: 'requester-removed', integration: 'production' },
  rerouted: { code: 'rerouted' },
  'integration-removed': { code: 'integration-removed', integration: 'production' },
  'vault-unreachable': { code: 'vault-unreachable', trouble: 'sealed' },
  'access-not-active': { code: 'access-not-active', state: 'ended' },
  'link-unusable': { code: 'link-unusable' },
  'foreign-message': { code: 'foreign-message' },
  'try-again': { code: 'try-again' },
}

/** What an operator can do about each. */
const refusalRemedies: Remedies<Refusal['code']> = {
  'unknown-person': 'Add the lines that the person was shown to the people file. It is read again within seconds.',
  'not-admitted': 'Nothing, for guests, bots and deactivated accounts. Another workspace: `slack.tenants`.',
  'not-a-requester': 'Add the person or their group to `requesters` of the integration.',
  'no-such-resource': 'It is gone from the vault, or its mount is not configured (`kvMounts`, `transitMounts`).',
  'cannot-be-granted': 'Rename the secret: a policy could not name it without naming more.',
  'not-offered': 'Its mount, or `include` and `exclude`, leave it out. Change them if it should be offered.',
  'place-away': '`latchkey doctor` names what is missing. The mount was removed, or the policy denies it.',
  'no-such-permission': 'Nothing: `read` for secrets; `encrypt`, `decrypt`, `sign`, `verify` for keys.',
  'reason-too-short': 'Nothing.',
  'reason-too-long': 'Nothing.',
  'duration-not-offered': 'Add the length to `durations`, if it should be offered.',
  'already-asked': 'Nothing.',
  'too-many-open': 'Raise `limits.openRequests`, if people really need more at once.',
  'too-many-requests': 'Raise `limits.requestsAnHour`; find out first what asks so often.',
  'too-many-searches': 'Raise `limits.searchesAMinute`, if people type faster than that.',
  'nobody-to-decide': 'Name more owners in `owner`, or add people to the group.',
  'no-such-request': 'Nothing; after a restored backup, the request has to be made again.',
  'own-request': 'Nothing: this has no exception.',
  'not-an-owner': 'Check the owner tag, `resourceOwner.allow` and the groups of the people file.',
  'already-decided-by-you': 'Nothing.',
  'not-pending': 'Nothing.',
  'deadline-passed': 'Raise `decideWithin`, if owners often come too late.',
  'note-required': 'Nothing.',
  'not-the-requester': 'Nothing.',
  'requester-gone': 'Put the person back into the people file, if they were removed by mistake.',
  'requester-removed': 'Put the person back among the `requesters`, if they were removed by mistake.',
  rerouted: 'Nothing: the new owners have a card.',
  'integration-removed':
    'Put the integration back until its access has ended, or end it by hand: `latchkey vault kill-all` prints how.',
  'vault-unreachable': '`latchkey doctor`. The request stays pending meanwhile.',
  'access-not-active': 'Nothing.',
  'link-unusable': 'Nothing: a link lives for minutes and works once.',
  'foreign-message':
    'Usually nothing: an old copy of a message. Many of them: look at the message; if Latchkey did not write it, renew the bot token.',
  'try-again': 'Should it come again: `latchkey status`, and the log.',
}

const vaultRemedies: Remedies<
  FailureCode | 'account-busy' | 'journal-unwritable' | 'not-configured' | 'database-busy'
> = {
  unreachable: 'Check `internalUrl`, the network, `caFile`. Nothing is lost: waiting uses up no try.',
  timeout: 'As above; raise `timeoutSeconds` if the vault is only slow.',
  'not-a-vault':
    'Check that `internalUrl` leads to the vault and not to a page of a proxy, and that the balancer knows the vault.',
  'too-large': 'Something between Latchkey and the vault answers, or a folder is enormous. Split the folder.',
  redirected: 'Set `internalUrl` to where it redirects, best the active node itself.',
  'rate-limited': 'Raise the quota of the vault for the address of Latchkey, or wait.',
  'login-limited': 'As above, for the path of the bot’s login: `approleMount`. Nothing at this vault works before.',
  sealed: 'Unseal the vault.',
  failing: 'Look at the log of the vault.',
  denied: 'Run `latchkey doctor`: it names the capability. `latchkey vault setup --apply` writes the policy anew.',
  refused: 'Look at the log of the vault; the log of Latchkey has the path.',
  absent: 'A mount, role or user was removed. `latchkey vault setup --dry-run` shows what is missing.',
  'strange-answer': 'Check the version of the vault; the log of Latchkey has the path.',
  'bad-credentials': 'Make a new secret_id: see *Rotating credentials*. Latchkey reads the files again by itself.',
  'login-denied':
    'Latchkey’s own login is denied: it comes from outside `--cidr`, or wrong tries locked the role (not on a mount made by `vault setup`).',
  'account-locked':
    'Somebody tries passwords on the userpass mount. Wait, or switch its lockout off, as `vault setup` does.',
  'login-needs-mfa':
    'A login enforcement asks for a second factor at the mount where only Latchkey logs in. Exempt `userpassMount` (and `approleMount`) from it: `latchkey doctor` tries a login there.',
  'database-busy':
    'End what writes to the database file, such as a shell in a transaction; `latchkey status` says since when.',
  'journal-unwritable':
    'Make the file at `journal` writable, and free space on its disk. No name is used before it stands there.',
  'not-configured':
    'Put the integration back until its access has ended, or end it by hand: `latchkey vault kill-all` prints how.',
  'account-busy': 'Nothing: the step is tried again.',
  'plan-changed': 'A mount was reconfigured after the request was made. Ask again.',
  'not-offered': 'See above: `include` and `exclude` of the integration.',
  'policy-differs': 'Somebody else writes policies under the prefix of Latchkey. Find out who; ask again.',
  'user-differs': 'Somebody else writes users of `userpassMount`. Find out who; the step is not repeated by itself.',
  'missing-at-vault': 'Somebody deleted the policy. The access ends; ask again.',
  'still-works': 'A standby node is slow, or caches. Name the active node in `internalUrl`.',
  'not-proven': 'As above. Latchkey keeps trying; *When a revoke is stuck* says what you can do.',
  'not-drawn': 'A bug: report it with the log lines around it.',
  'too-late': 'Nothing: the access was over before the step was done.',
  'spent-unseen':
    'Somebody opened it first. For a person’s credential: treat the secret as seen. For the wrapped secret_id: destroy it and make another.',
  'wrong-creation-path': 'Somebody exchanged it. Treat it as an attack: look into the audit log of the vault.',
  'not-ours': 'The database names something foreign, which Latchkey does not touch. Was it restored or edited?',
  'rights-missing': '`latchkey doctor` names what is missing; `latchkey vault setup --apply` repairs it.',
  'no-such-mount': 'Correct `kvMounts` or `transitMounts`, or make the mount. KV has to be version 2.',
  'resource-gone': 'Nothing, if it was deleted on purpose.',
  'not-rotatable': 'Let Latchkey write the folder of its credentials, or drop `rotateEvery`; see the log.',
}

const signInRemedies: Remedies<Parameters<typeof signInFailure>[0]> = {
  unreachable: 'Check `signIn.issuer` and the network: `latchkey doctor` fetches the discovery document.',
  declined: 'The person turned back, or the issuer does not let them use this client.',
  'client-refused': 'Check `signIn.clientId` and `OIDC_CLIENT_SECRET`.',
  'code-refused':
    'Usually a second use of one answer. Often: check the redirect address at the issuer, and the clocks.',
  'other-issuer': 'Write `signIn.issuer` exactly as the discovery document has it.',
  'claims-missing': 'Add the scope that brings the claim to `signIn.scopes`; for Entra, use `kind: entra`.',
  'not-proved': 'Nothing was given. If it happens often: check the clocks and the keys of the issuer.',
}

const auditMeanings: Remedies<AuditKind> = {
  'request-submitted': 'a request was made: items, reason, length, hash of the policy, owners',
  'request-approved': 'an owner approved, with what entitled them',
  'request-denied': 'an owner denied, with the reason',
  'request-cancelled': 'the requester took it back, or it was closed because they are gone',
  'request-expired': 'nobody decided in time',
  'request-rerouted': 'the owner changed at the vault; the new ones were asked',
  'owners-unreachable': 'no owner could be written to: who, and who may decide now',
  'access-provisioned': 'the policy is at the vault, read back',
  'access-ending': 'the end was asked for or came due: by whom, why',
  'access-ended': 'the end, with its proof and how long it took',
  'access-lapsed': 'its holder may not have it any more: why, and when it ends if that is held back',
  'access-restored': 'its holder may have it after all',
  'access-step-failed': 'a step at the vault failed: its code',
  'link-opened': 'a one-time link was drawn',
  'link-confirmed': 'somebody signed in for a link',
  'link-redeemed': 'a link was used',
  'link-misused': 'somebody else tried a link, or its credential was exchanged or spent',
  'credential-issued': 'a credential was minted: its accessor, never the credential',
  'credential-revealed': 'its token was shown on the page',
  'credential-failed': 'none could be minted',
  'credential-withdrawn': 'it was taken back, with the proof',
  refused: 'somebody was told no, where that matters for security',
  'leftover-removed': 'something under our names belonged to no access, and was removed',
  'access-missing': 'a policy vanished from the vault',
  'directory-loaded': 'a people file came into force: its hash',
  'directory-rejected': 'a people file was invalid; the one before stays',
  'removals-held': 'many would have lost access at once: their ends wait for an operator, or 15 minutes',
  'removals-called-off': 'they may have it after all, so nothing ended',
  'database-restored': 'a backup was put back: from which head, over which',
  started: 'the server started',
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ').trim()
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n')
const code = (text: string): string => `\`${text}\``

type Node = { readonly [key: string]: unknown }
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && !Array.isArray(value)

/** A configuration with everything that has no default, to see what the code fills in. */
const bare = {
  link: { baseUrl: 'https://latchkey.example.com' },
  signIn: { issuer: 'https://id.example.com', clientId: 'latchkey' },
  slack: { tenants: ['T0123456'] },
  audit: { webhook: { url: 'https://siem.example.com' }, syslog: { host: 'syslog.example.com', port: 6514 } },
  metrics: { listen: '127.0.0.1:9464' },
  integrations: [
    {
      name: 'production',
      requesters: ['group:engineers'],
      owner: ['group:platform'],
      resourceOwner: { key: 'owner', pinned: [{ path: 'kv/a', owner: 'group:platform' }] },
      vault: { internalUrl: 'https://vault.example.com:8200', credentials: { folder: '/run/secrets/latchkey' } },
    },
  ],
}
const filledIn = (): unknown => {
  const { integrations, ...rest } = ConfigFile.parse(bare)
  return { ...rest, integrations: integrations.map((one) => ({ ...one, vault: vaultParams.parse(one.vault) })) }
}

const at = (value: unknown, path: string): unknown =>
  path.split('.').reduce<unknown>((here, key) => {
    if (Array.isArray(here)) return here[0]
    return isNode(here) ? here[key] : undefined
  }, value)

/** Defaults that no schema holds. */
const otherDefaults: Readonly<Record<string, string>> = {
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
  'audit.headTo': 'channel id, or https address',
  'audit.webhook.url': 'https address; http on this machine',
  'audit.syslog.caFile': 'name of a file',
  'metrics.listen': '`HOST:PORT`, such as `127.0.0.1:9464`',
  'integrations.*.name': 'letters, digits, `-`, at most 40',
  'integrations.*.channel': 'channel id, such as `C0123`',
  'integrations.*.resourceOwner.pinned.*.path': 'path; a `*` at its end stands for any ending',
  'integrations.*.vault.include': 'list of paths; a `*` stands for any text between slashes, at the end for any rest',
  'integrations.*.vault.exclude': 'list of paths; a `*` stands for any text between slashes, at the end for any rest',
  'integrations.*.vault.internalUrl': 'http or https address',
  'integrations.*.vault.externalUrl': 'http or https address',
  'integrations.*.vault.proxy': 'http or https address',
  'integrations.*.vault.namePrefix': '`a-z 0-9 -`, at most 32',
  'integrations.*.vault.approleRole': 'name of a role',
  'integrations.*.vault.rotateEvery': 'length in `h` or `d`, such as `30d`; or seconds',
  'integrations.*.vault.credentials': 'exactly one of the four ways below',
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
      const isOwn = ['account-busy', 'database-busy', 'journal-unwritable', 'not-configured'].includes(name)
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
  const layout = setupSettings({ kv: ['kv'], transit: ['transit'] })
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

const fenced = (language: string, text: string): string => `\`\`\`${language}\n${text.trimEnd()}\n\`\`\``

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
  refusals: refusalTable(),
  'vault-failures': vaultFailureTable(),
  'sign-in-failures': signInFailureTable(),
})

/** A text with the generated parts between their markers; throws where a marker is missing or unknown. */
export const withGeneratedParts = async (text: string): Promise<string> => {
  const parts = await generatedParts()
  const used = new Set<string>()
  const filled = text.replace(
    /(<!-- generated: ([a-z-]+) -->)[\s\S]*?(<!-- \/generated -->)/g,
    (_, start: string, name: string, end: string) => {
      const part = parts[name]
      if (part === undefined) throw new Error(`nothing generates "${name}"`)
      used.add(name)
      return `${start}\n\n${part}\n\n${end}`
    },
  )
  const missing = Object.keys(parts).filter((name) => !used.has(name))
  if (missing.length > 0) throw new Error(`README.md has no marker for ${missing.join(', ')}`)
  return filled
}

if (import.meta.main) writeFileSync(readme, await withGeneratedParts(readFileSync(readme, 'utf8')))
