import { expect, test } from 'vitest'
import { managementPolicy } from '../../../src/connectors/vault/management-policy.ts'

const layout = { kvMounts: ['kv'], transitMounts: ['transit'], userpassMount: 'userpass', prefix: 'apono-' }

/** What the vendor's documentation gives its connector, path by path. */
const vendor: Record<string, string[]> = {
  'sys/health': ['read'],
  'sys/mounts': ['read'],
  'sys/capabilities-self': ['update'],
  'auth/userpass/users': ['list'],
  'auth/userpass/users/*': ['create', 'update', 'read', 'delete'],
  'sys/policies/acl/apono-*': ['create', 'update', 'read', 'delete', 'list'],
  'kv/metadata/*': ['read', 'list'],
  'transit/keys': ['list'],
}

test.each(Object.entries(vendor))(
  'our management policy gives on %s exactly what the vendor’s gives',
  (path, rights) => {
    expect(managementPolicy(layout)[path]?.capabilities.toSorted()).toEqual(rights.toSorted())
  },
)

test('our management policy has no path beyond the vendor’s', () => {
  expect(Object.keys(managementPolicy(layout)).toSorted()).toEqual(Object.keys(vendor).toSorted())
})

test('optional rights add paths and change none', () => {
  const more = managementPolicy(layout, ['list-policies', 'revoke-tokens', 'bulk-owner-tags', 'key-types'])
  expect(more).toMatchObject(managementPolicy(layout))
  expect(Object.keys(more).filter((path) => !(path in vendor))).toEqual([
    'sys/policies/acl',
    'auth/token/revoke-accessor',
    'kv/detailed-metadata/*',
    'transit/keys/*',
  ])
})

test('follows mounts and prefix', () => {
  const other = { kvMounts: ['a', 'b'], transitMounts: [], userpassMount: 'people', prefix: 'latchkey-' }
  expect(Object.keys(managementPolicy(other)).slice(3)).toEqual([
    'auth/people/users',
    'auth/people/users/*',
    'sys/policies/acl/latchkey-*',
    'a/metadata/*',
    'b/metadata/*',
  ])
})
