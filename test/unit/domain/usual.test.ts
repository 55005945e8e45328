import { expect, test } from 'vitest'
import { integrationId, resourceId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { likelyNext } from '../../../src/domain/usual.ts'

const asked = (path: string, times: number) => ({
  times,
  resource: {
    id: resourceId(path),
    integration: integrationId('vault'),
    type: 'secret',
    path,
    permissions: ['read'],
    seenAt: timestamp(0),
  },
})
const pathsOf = (...usual: [string, number][]) =>
  likelyNext(usual.map(([path, times]) => asked(path, times))).map(({ resource }) => resource.path)

test('the three most frequent lead, then the last three others', () => {
  expect(pathsOf(['z', 1], ['a', 2], ['b', 9], ['y', 1], ['c', 3], ['d', 2], ['x', 1])).toEqual([
    'b',
    'c',
    'a',
    'z',
    'y',
    'd',
  ])
})

test('what was asked once is not frequent', () => {
  expect(pathsOf(['new', 1], ['old', 1])).toEqual(['new', 'old'])
})
