import { expect, test } from 'vitest'
import { decidersAt, writtenPath } from '../../../src/connectors/vault/control-groups.ts'

const managers = { group: 'managers', members: ['group:managers'] as const, paths: ['kv/shop/*'] }
const everybody = { group: 'security', members: ['person:ada'] as const, paths: [] }

test('a path of KV is read as people write it, whatever the verb of the API', () => {
  for (const verb of ['data', 'metadata', 'delete', 'subkeys']) {
    expect(writtenPath(`team/kv/${verb}/shop/db`, ['kv', 'team/kv'])).toBe('team/kv/shop/db')
  }
  expect(writtenPath('transit/decrypt/orders', ['kv'])).toBe('transit/decrypt/orders')
  expect(writtenPath('kv/config', ['kv'])).toBe('kv/config')
})

test('those are asked whose paths cover it, in the mounts of the integration alone', () => {
  const deciders = decidersAt([managers, everybody], ['kv', 'transit'], ['kv'])
  const groups = (path: string) => deciders(path).map(({ group }) => group)
  expect(groups('kv/data/shop/db')).toEqual(['managers', 'security'])
  expect(groups('kv/data/other/db')).toEqual(['security'])
  expect(groups('transit/decrypt/orders')).toEqual(['security'])
  expect(groups('kvx/data/shop/db')).toEqual([])
  expect(groups('sys/policies/acl/root')).toEqual([])
})
