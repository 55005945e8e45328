import { describe, expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import { planFor } from '../../../src/connectors/vault/policy.ts'
import { offeredTypes } from '../../../src/connectors/vault/resource-types.ts'
import { resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'
import { plainText } from '../../../src/views/copy-time.ts'
import { policyMeaning } from '../../../src/views/policy-meaning.ts'

const mounts = {
  ...{ ...noMounts, kv: ['kv'], transit: ['transit'] },
  ...{ database: ['database'], ssh: ['ssh'], pki: ['pki'] },
}
const places: Readonly<Record<string, readonly string[]>> = {
  secret: ['kv/apps/db', 'kv/apps/other'],
  key: ['transit/invoices', 'transit/other'],
  management: ['kv/team/', 'kv/other/'],
  database: ['database/app', 'database/other'],
  ssh: ['ssh/prod/deploy', 'ssh/prod/other'],
  pki: ['pki/web', 'pki/other'],
  'issue-unrevoked pki': ['pki/batch'],
}

const signed = { public_key: 'KEY', ttl: '10m', valid_principals: 'deploy' }
const signing = (fields: object) => `update ssh/sign/prod ${JSON.stringify(fields)}`

/**
 * What a token could do at the vault, in our words: the calls that do it, each with the capability that it needs, and with
 * what it sends where a rule looks at that.
 */
const acts: ReadonlyMap<string, readonly string[]> = new Map([
  ...['apps/db', 'apps/other'].flatMap((path): [string, string[]][] => [
    [`read kv/${path}`, [`read kv/data/${path}`]],
    [`write kv/${path}`, [`create kv/data/${path}`, `update kv/data/${path}`, `patch kv/data/${path}`]],
    [`delete kv/${path}`, [`delete kv/data/${path}`, `update kv/delete/${path}`, `delete kv/metadata/${path}`]],
    [`list kv/${path}`, [`list kv/metadata/${path}`, `read kv/metadata/${path}`]],
  ]),
  ...['team/', 'other/'].flatMap((folder): [string, string[]][] => [
    [`list beneath kv/${folder}`, ['', 'x/'].flatMap((name) => [`list kv/metadata/${folder}${name}`])],
    [
      `fetch beneath kv/${folder}`,
      [`read kv/data/${folder}x`, `read kv/metadata/${folder}x`, `read kv/subkeys/${folder}x`],
    ],
    [`create beneath kv/${folder}`, [`create kv/data/${folder}x`]],
    [`update beneath kv/${folder}`, [`update kv/data/${folder}x`, `patch kv/data/${folder}x`]],
    [`delete beneath kv/${folder}`, [`delete kv/data/${folder}x`, `update kv/delete/${folder}x`]],
    [`undelete beneath kv/${folder}`, [`update kv/undelete/${folder}x`]],
    [
      `change or purge metadata in kv/${folder}`,
      ['create', 'update', 'patch', 'delete'].map((one) => `${one} kv/metadata/${folder}x`),
    ],
    [`destroy in kv/${folder}`, [`update kv/destroy/${folder}x`]],
    [
      `reach the secret kv/${folder}`,
      ['read', 'create', 'update', 'patch', 'delete'].flatMap((one) => [
        `${one} kv/data/${folder}`,
        `${one} kv/metadata/${folder}`,
        `${one} kv/undelete/${folder}`,
        `${one} kv/delete/${folder}`,
      ]),
    ],
  ]),
  ['change the mount kv', ['read kv/config', 'update kv/config', 'create kv/config']],
  ...['invoices', 'other'].flatMap((key): [string, string[]][] => [
    ...['encrypt', 'decrypt', 'rewrap'].map((verb): [string, string[]] => [
      `${verb} with key transit/${key}`,
      [`update transit/${verb}/${key}`],
    ]),
    ...['sign', 'verify', 'hmac'].map((verb): [string, string[]] => [
      `${verb} with key transit/${key}`,
      [`update transit/${verb}/${key}`, `update transit/${verb}/${key}/sha2-256`],
    ]),
    [`make transit/${key}`, [`create transit/keys/${key}`, `create transit/encrypt/${key}`]],
    [`change transit/${key}`, [`update transit/keys/${key}`, `update transit/keys/${key}/config`]],
    [`read what is public about key transit/${key}`, [`read transit/keys/${key}`]],
    [
      `export the material of key transit/${key}`,
      ['encryption-key', 'signing-key', 'hmac-key'].flatMap((kind) => [
        `read transit/export/${kind}/${key}`,
        `read transit/export/${kind}/${key}/1`,
      ]),
    ],
    [`take a copy of transit/${key}`, [`read transit/backup/${key}`, `update transit/datakey/plaintext/${key}`]],
  ]),
  ...['app', 'other'].map((role): [string, string[]] => [
    `connect as role database/${role}`,
    [`read database/creds/${role}`],
  ]),
  ['change roles', ['ssh/roles/prod', 'pki/roles/web', 'database/roles/app'].map((path) => `update ${path}`)],
  ['sign keys for ssh/prod/deploy', [signing(signed)]],
  ['sign keys for ssh/prod/other', [signing({ ...signed, valid_principals: 'other' })]],
  [
    'sign keys for anybody else',
    ['root', 'deploy,root', ''].map((one) => signing({ ...signed, valid_principals: one })),
  ],
  [
    'sign what lasts or does more',
    [
      { ttl: '11m' },
      { ttl: '' },
      { ttl: undefined },
      { valid_principals: undefined },
      { extensions: 'x' },
      { cert_type: 'host' },
    ].map((more) => signing({ ...signed, ...more })),
  ],
  ...['web', 'other'].map((role): [string, string[]] => [
    `issue certificates of pki/${role}`,
    [`update pki/issue/${role} {"common_name":"x","ttl":"10m"}`],
  ]),
  ['issue-unrevoked certificates of pki/batch', ['update pki/issue/batch {"common_name":"x","ttl":"10m"}']],
  [
    'issue what lasts',
    ['{"common_name":"x"}', '{"common_name":"x","ttl":"10m","not_after":"9999"}', '{"common_name":"x","ttl":"1h"}'].map(
      (fields) => `update pki/issue/web ${fields}`,
    ),
  ],
  ['look at its own token', ['read auth/token/lookup-self']],
  ['look at its own rights', ['update sys/capabilities-self', 'read sys/internal/ui/resultant-acl']],
  ['end its own token', ['update auth/token/revoke-self']],
  ['renew its own token', ['update auth/token/renew-self']],
  ['make tokens', ['update auth/token/create', 'create auth/token/create']],
])
const ownToken = ['look at its own token', 'look at its own rights', 'end its own token']

type Rule = {
  readonly capabilities: readonly string[]
  readonly allowed_parameters?: Readonly<Record<string, readonly string[]>>
  readonly denied_parameters?: Readonly<Record<string, readonly string[]>>
  readonly required_parameters?: readonly string[]
}

/** Whether a rule lets a call pass with these fields. */
const lets = (rule: Rule, fields: Readonly<Record<string, string>>): boolean => {
  const { allowed_parameters: allowed, denied_parameters: denied, required_parameters: required = [] } = rule
  const isAllowed = ([name, value]: readonly [string, string]) =>
    !allowed ||
    (denied?.[name]?.includes(value) !== true && (allowed[name]?.length === 0 || allowed[name]?.includes(value)))
  return Object.entries(fields).every(isAllowed) && required.every((name) => name in fields)
}

/** The rule that a vault obeys: the exact path, else the longest one that ends in a star. */
const ruleFor = (rules: Readonly<Record<string, Rule>>, path: string): string | undefined =>
  Object.keys(rules)
    .filter((rule) => rule === path || (rule.endsWith('*') && path.startsWith(rule.slice(0, -1))))
    .sort((one, other) => Number(other === path) - Number(one === path) || other.length - one.length)[0]

/** The acts of which some call passes under the document, and its rules that no act needs. */
const permittedBy = (document: string) => {
  const rules: Record<string, Rule> = JSON.parse(document).path
  const unused = new Set(
    Object.entries(rules).flatMap(([path, { capabilities }]) =>
      capabilities.flatMap((one) => (one === 'deny' ? [] : [`${one} ${path}`])),
    ),
  )
  const permitted = [...acts].flatMap(([act, calls]) => {
    const passing = calls.filter((call) => {
      const [capability = '', path = '', fields = '{}'] = call.split(' ')
      const rule = ruleFor(rules, path)
      const obeyed = rule === undefined ? undefined : rules[rule]
      if (!obeyed?.capabilities.includes(capability) || !lets(obeyed, JSON.parse(fields))) return false
      unused.delete(`${capability} ${rule}`)
      return true
    })
    return passing.length > 0 ? [act] : []
  })
  return { permitted: permitted.sort(), unexplained: [...unused] }
}

/** The acts that the sentences name. */
const saidIn = (items: readonly Item[]): readonly string[] => {
  const [allows = ''] = policyMeaning(items, true).map(plainText)
  const [named = '', rest = ''] = allows.replace(/^Allows:/, '').split('Nothing else')
  expect(rest).toBe(', except to look at its own token and rights, and to end it.')
  const listed = named.split('\n').map((line) => line.replace(/^[• ]+|[. ]+$/g, ''))
  return [...listed.filter((line) => line !== ''), ...ownToken].sort()
}

const item = (type: string, permission: string, path: string): Item => ({
  resource: resourceId(path),
  ...{ type, permission, path },
})
const all = offeredTypes().flatMap(([type, permissions]) =>
  permissions.map((permission) => item(type, permission, (places[`${permission} ${type}`] ?? places[type])?.[0] ?? '')),
)
const wishes: readonly (readonly Item[])[] = [
  ...all.map((one) => [one]),
  ...all.flatMap((one, index) => all.slice(index + 1).map((other) => [one, other])),
  all,
  offeredTypes().flatMap(([type, [first = '']]) => (places[type] ?? []).map((path) => item(type, first, path))),
]

describe('the sentences about a policy name exactly what its document permits', () => {
  test.each(wishes.map((items) => [items.map(({ permission, path }) => `${permission} ${path}`).join(', '), items]))(
    '%s',
    (_, items) => {
      const plan = planFor(items as readonly Item[], mounts)
      if (!plan.ok) throw new Error(plan.refusal.code)
      const { permitted, unexplained } = permittedBy(plan.value.document)
      expect(unexplained).toEqual([])
      expect([...new Set(saidIn(items as readonly Item[]))]).toEqual(permitted)
    },
  )
})
