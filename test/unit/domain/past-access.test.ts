import { expect, test } from 'vitest'
import type { AccessRequest } from '../../../src/domain/access-request.ts'
import { requestId, resourceId } from '../../../src/domain/ids.ts'
import { pastItems } from '../../../src/domain/past-access.ts'
import { approved, cancelled, denied, ended, expired, pending } from '../views/subjects.ts'

let count = 0
/** An earlier request for these paths. */
const about = (request: AccessRequest, ...paths: readonly string[]): AccessRequest => {
  const items = paths.map((path) => ({ resource: resourceId(path), type: 'secret', path, permission: 'read' }))
  return { ...request, id: requestId(`q-${++count}`), items: items as unknown as AccessRequest['items'] }
}
const now = about(pending, 'kv/a')
const told = (...others: Parameters<typeof pastItems>[1]) =>
  pastItems(now, others).map(({ item, isDenied }) => `${item.path} ${isDenied ? 'denied' : 'given'}`)

test('what was denied counts as what was given does, and what gave nothing does not', () => {
  const given = { request: about(approved, 'kv/b'), grant: ended }
  const others = [about(cancelled, 'kv/d'), about(expired, 'kv/e'), now].map((request) => ({ request }))
  expect(told(given, { request: about(denied, 'kv/c') }, ...others)).toEqual(['kv/b given', 'kv/c denied'])
})

test('the same secret comes first, the newest of each path alone, and no more than three', () => {
  const given = (...paths: readonly string[]) => ({ request: about(approved, ...paths), grant: ended })
  const others = [given('kv/b', 'kv/c'), given('kv/d'), { request: about(denied, 'kv/a') }, given('kv/a', 'kv/b')]
  expect(told(...others)).toEqual(['kv/a denied', 'kv/b given', 'kv/c given'])
})
