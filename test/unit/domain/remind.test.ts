import { expect, test } from 'vitest'
import { personId } from '../../../src/domain/ids.ts'
import { nextReminder, remind } from '../../../src/domain/remind.ts'
import { approved, at, expired, pending } from '../views/subjects.ts'

const developer = pending.requester
const owner = personId('owner')

test('the requester reminds whoever can decide, and it is noted when and whom', () => {
  const change = remind(pending, developer, [owner], at(5))
  expect(change).toMatchObject({
    ok: true,
    value: {
      request: { ...pending, remindedAt: at(5) },
      audit: [{ kind: 'request-reminded', actor: { id: developer }, detail: { people: 'owner', count: 1 } }],
    },
  })
})

test.each([
  { why: 'not-the-requester', request: pending, by: owner },
  { why: 'not-pending', request: approved },
  { why: 'not-pending', request: expired },
  { why: 'deadline-passed', request: pending, now: at(60) },
  { why: 'reminded-lately', request: { ...pending, remindedAt: at(5) }, now: at(19) },
  { why: 'nobody-to-remind', request: pending, people: [] },
])('nobody is reminded: $why', ({ why, request, by = developer, people = [owner], now = at(5) }) => {
  expect(remind(request, by, people, now)).toMatchObject({ ok: false, refusal: { code: why } })
})

test('a reminder is possible again after a quarter of an hour, and the refusal says when', () => {
  const request = { ...pending, remindedAt: at(5) }
  expect(nextReminder(request)).toBe(at(20))
  expect(remind(request, developer, [owner], at(10))).toMatchObject({ refusal: { again: at(20) } })
  expect(remind(request, developer, [owner], at(20))).toMatchObject({ ok: true })
})
