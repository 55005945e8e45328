import { expect, test } from 'vitest'
import { noMounts } from '../../../src/connectors/vault/engines.ts'
import type { VaultResourceType } from '../../../src/connectors/vault/resource-types.ts'
import { resourceTypeOf } from '../../../src/connectors/vault/resource-types.ts'
import { waysOf } from '../../../src/connectors/vault/ways.ts'
import type { Way } from '../../../src/domain/credential.ts'
import { resourceId } from '../../../src/domain/ids.ts'
import type { Item } from '../../../src/domain/resource.ts'

const item = (type: string, path: string, permission: string): Item => ({
  ...{ resource: resourceId(path), type, path, permission },
})
const where = (more: object = {}) => ({
  ...{ address: 'https://vault.example:8200', integration: 'production', commands: ['bao kv get -mount=kv apps/db'] },
  ...{ mounts: { ...noMounts, kv: ['kv', 'team/kv'], transit: ['transit'] }, ...more },
})
const text = (ways: readonly Way[], kind: Way['kind']) => ways.find((way) => way.kind === kind)?.text ?? ''
const secret = item('secret', 'kv/apps/db', 'read')

test('a secret is read by every way; the texts name this vault and hold no token', () => {
  const ways = waysOf(where({ namespace: 'team a' }), 'openbao', [secret])
  expect(ways.map(({ kind }) => kind)).toEqual(['cli', 'latchkey', 'curl', 'env', 'agent'])
  expect(text(ways, 'latchkey')).toBe('latchkey vault fetch kv/apps/db --vault-id production')
  expect(text(ways, 'curl').split('\n')).toEqual([
    expect.stringContaining("-K - -H 'X-Vault-Namespace: team a'"),
    'vault_curl https://vault.example:8200/v1/kv/data/apps/db',
  ])
  expect(text(ways, 'env').split('\n')).toEqual([
    'export BAO_ADDR=https://vault.example:8200',
    "export BAO_NAMESPACE='team a'",
    expect.stringMatching(/read -rs BAO_TOKEN.*export BAO_TOKEN$/),
  ])
  const agent = text(ways, 'agent')
  expect(agent).toContain('namespace = "team a"')
  for (const line of [
    'exit_on_retry_failure = true',
    'error_on_missing_key = true',
    'perms = "0600"',
    'outlives the access',
  ])
    expect(agent).toContain(line)
})

test('a key has no lines of latchkey and no file of an agent: neither serves keys', () => {
  const ways = waysOf(where({ commands: [] }), 'vault', [item('key', 'transit/k', 'sign')])
  expect(ways.map(({ kind }) => kind)).toEqual(['cli', 'curl', 'env'])
  expect(text(ways, 'curl')).toContain('vault_curl -X POST https://vault.example:8200/v1/transit/sign/k -d ')
  expect(text(ways, 'env')).toContain('VAULT_TOKEN')
})

/** A type for folders, as the table could have one. */
const folders = (data: readonly string[], more: Record<string, readonly string[]> = {}): VaultResourceType => {
  const [type] = [resourceTypeOf('secret')]
  if (!type) throw new Error('there are secrets')
  const rights = ({ mount, path }: { mount: string; path: string }) => ({
    [`${mount}/metadata/${path}*`]: ['list', 'read'],
    [`${mount}/data/${path}*`]: data,
    ...Object.fromEntries(Object.entries(more).map(([endpoint, may]) => [`${mount}/${endpoint}/${path}*`, may])),
  })
  const [permitted] = type.permissions.values()
  if (!permitted) throw new Error('secrets can be read')
  return { engine: 'kv', covers: 'beneath', permissions: new Map([['Use', { ...permitted, rights }]]) }
}
const verbs = (type: VaultResourceType, path: string) =>
  text(waysOf(where(), 'openbao', [item('folder', path, 'Use')], { typeOf: () => type }), 'latchkey').split('\n')

test('a folder is used exactly as far as its rights go', () => {
  const at = (verb: string, name: string, more = '') => `latchkey vault ${verb} ${name} --vault-id production${more}`
  const read = [at('list', 'kv/team/'), at('fetch', 'kv/team/NAME')]
  const value = ' --value-file FILE'
  const write = [at('create', 'kv/team/NAME', value), at('update', 'kv/team/NAME', value)]
  const remove = [at('delete', 'kv/team/NAME'), at('undelete', 'kv/team/NAME', ' --version VERSION')]
  expect(verbs(folders(['read']), 'kv/team/')).toEqual(read)
  expect(verbs(folders(['read', 'create', 'update', 'patch']), 'kv/team/')).toEqual([...read, ...write])
  const all = folders(['read', 'create', 'update', 'patch', 'delete'], { undelete: ['update'] })
  expect(verbs(all, 'kv/team/')).toEqual([...read, ...write, ...remove])
  expect(verbs(folders(['read']), 'team/kv/')).toEqual([at('list', 'team/kv/'), at('fetch', 'team/kv/NAME')])
})
