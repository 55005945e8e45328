import { describe, expect, test } from 'vitest'
import { pathFilter, pathPattern } from '../../../src/connectors/vault/path-filter.ts'

describe('which paths discovery shows', () => {
  test.each([
    ['kv/apps/db', 'kv/apps/db', true],
    ['kv/apps/db', 'kv/apps/db2', false],
    ['kv/apps/*', 'kv/apps/db', true],
    ['kv/apps/*', 'kv/apps/db/replica', true],
    ['kv/apps/*', 'kv/apps', false],
    ['kv/apps*', 'kv/apps2/db', true],
    ['kv/*/db', 'kv/apps/db', true],
    ['kv/*/db', 'kv/apps/eu/db', false],
    ['kv/ci-*-tmp/*', 'kv/ci-7-tmp/x/y', true],
    ['kv/ci-*-tmp/*', 'kv/ci-7/tmp/x', false],
    ['*', 'kv/anything/at/all', true],
    ['*/legacy/*', 'kv/legacy/x', true],
    ['kv/a.b(c)[d]+', 'kv/a.b(c)[d]+', true],
    ['kv/a.b', 'kv/axb', false],
    ['kv/a b/ключ-🔑', 'kv/a b/ключ-🔑', true],
    ['kv/*', 'kv/two\nlines', true],
  ])('the pattern %j and the path %j: %j', (pattern, path, fits) => {
    expect(pathFilter([pattern], []).covers(path)).toBe(fits)
    expect(pathFilter([], [pattern]).covers(path)).toBe(!fits)
  })

  test('without patterns everything is shown; exclude wins over include', () => {
    expect(pathFilter([], []).covers('kv/x')).toBe(true)
    const scope = pathFilter(['kv/apps/*', 'transit/*'], ['kv/apps/tmp/*'])
    expect(['kv/apps/db', 'kv/apps/tmp/x', 'kv/other', 'transit/orders'].map(scope.covers)).toEqual([
      true,
      false,
      false,
      true,
    ])
  })

  test('folders that can hold nothing to be shown are not looked into', () => {
    const scope = pathFilter(['kv/apps/*/prod/*', 'other/x-*'], ['kv/apps/secret/*', 'kv/apps/old*', 'kv/apps/one'])
    const folders = [
      'kv/',
      'kv/apps/',
      'kv/apps/pay/',
      'kv/apps/pay/prod/',
      'kv/apps/pay/prod/deep/',
      'other/',
      'other/x-1/',
      'kv/apps/one/',
    ]
    expect(folders.filter(scope.mayCover)).toEqual(folders)
    const pruned = ['transit/', 'kv/other/', 'kv/apps/pay/dev/', 'kv/apps/secret/', 'kv/apps/old-things/', 'other/y/']
    expect(pruned.filter(scope.mayCover)).toEqual([])
  })

  test('a pattern begins with the mount; a slash at the end means everything below', () => {
    expect(pathPattern.parse('kv/tmp/')).toBe('kv/tmp/*')
    expect(pathPattern.parse(pathPattern.parse('kv/tmp/'))).toBe('kv/tmp/*')
    for (const wrong of ['', '/kv/x', 'kv/**', 'kv/**/x']) expect(pathPattern.safeParse(wrong).success).toBe(false)
  })
})
