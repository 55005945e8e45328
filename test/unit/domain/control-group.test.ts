import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type ControlGroup,
  type ControlGroupFound,
  type ControlGroupLook,
  denied,
  isAlive,
  isReminderDue,
  looked,
  mayDecideOn,
  nextLook,
  reminded,
  reported,
  shownState,
} from '../../../src/domain/control-group.ts'
import { controlGroupId, integrationId, type PersonId, personId } from '../../../src/domain/ids.ts'
import { type Timestamp, timestamp } from '../../../src/domain/time.ts'

const at = (second: number): Timestamp => timestamp(1_700_000_000_000 + second * 1000)
const [ann, bob, cat] = [personId('ann'), personId('bob'), personId('cat')]
const found: ControlGroupFound = {
  ...{ path: 'kv/data/shop/db', operation: 'read', accounts: [], approved: false, approvals: [] },
  ...{ entity: { id: 'e1', name: 'userpass-ann' }, expiresAt: at(3600) },
}
const report = {
  ...{ id: controlGroupId('c1'), integration: integrationId('main'), accessor: 'M0WaseZwWs9Mb4HwjFJ8yule' },
  reporter: ann,
}
const members = [ann, bob, cat]
const waiting = reported(report, found, undefined, at(0))
const deny = (group: ControlGroup, by: PersonId, second: number) =>
  denied(group, members, { by, note: 'not now', at: at(second) })

test('what the vault says is kept, and nothing of what the reporter says', () => {
  expect(waiting).toMatchObject({ state: 'pending', path: 'kv/data/shop/db', requester: { name: 'userpass-ann' } })
  expect(waiting.requester.person).toBeUndefined()
  expect(reported(report, { ...found, approved: true }, ann, at(0))).toMatchObject({ state: 'authorised', revision: 1 })
})

test('nobody decides on their own, and where the requester is unknown the reporter may be the one', () => {
  expect(mayDecideOn(waiting, members, ann)?.code).toBe('own-control-group')
  expect(mayDecideOn(waiting, members, bob)).toBeUndefined()
  expect(mayDecideOn(waiting, [bob], cat)?.code).toBe('not-in-control-group')
  const known = reported({ ...report, reporter: bob }, found, ann, at(0))
  expect([ann, bob].map((person) => mayDecideOn(known, members, person)?.code)).toEqual([
    'own-control-group',
    undefined,
  ])
})

test('it is asked about often at first, then rarely, and just after its end', () => {
  expect([nextLook(waiting, at(10)), nextLook(waiting, at(700)), nextLook(waiting, at(3597))]).toEqual([
    at(15),
    at(715),
    timestamp(at(3600) + 500),
  ])
  const authorised = looked(waiting, { approved: true, approvals: [{ id: 'e2', name: 'bob' }] }, at(5))
  expect(authorised).toMatchObject({ state: 'authorised', approvals: [{ name: 'bob', at: at(5) }] })
  expect(looked(authorised, undefined, at(3599))).toBe(authorised)
  const ended = looked(authorised, undefined, at(3601))
  expect([ended.state, ended.lookAt, shownState(ended, at(3601))]).toEqual(['authorised', undefined, 'ended'])
})

test('half-way its members are asked once more', () => {
  expect([isReminderDue(waiting, at(1799)), isReminderDue(waiting, at(1800))]).toEqual([false, true])
  expect(isReminderDue(reminded(waiting), at(1801))).toBe(false)
})

type Step = { readonly second: number } & (
  | { readonly does: 'look'; readonly look: ControlGroupLook | undefined }
  | { readonly does: 'deny'; readonly by: PersonId }
  | { readonly does: 'remind' }
)
const entity = fc.constantFrom('e2', 'e3', 'e4').map((id) => ({ id, name: `userpass-${id}` }))
const step: fc.Arbitrary<Step> = fc.integer({ min: 0, max: 4000 }).chain((second) =>
  fc.oneof(
    fc.record({
      second: fc.constant(second),
      does: fc.constant('look' as const),
      look: fc.option(
        fc.record({ approved: fc.boolean(), approvals: fc.uniqueArray(entity, { selector: ({ id }) => id }) }),
        {
          nil: undefined,
        },
      ),
    }),
    fc.record({
      second: fc.constant(second),
      does: fc.constant('deny' as const),
      by: fc.constantFrom(ann, bob, personId('outsider')),
    }),
    fc.record({ second: fc.constant(second), does: fc.constant('remind' as const) }),
  ),
)

test('whatever the vault says and people do, it moves only forward, and who denied it stays known', () => {
  const next = { pending: 1, authorised: 2, denying: 3, denied: 4, expired: 4, gone: 4 } as const
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let group = waiting
      for (const each of [...steps].sort((one, other) => one.second - other.second)) {
        const now = at(each.second)
        const before = group
        if (each.does === 'look') group = looked(group, each.look, now)
        if (each.does === 'remind' && isReminderDue(group, now)) group = reminded(group)
        if (each.does === 'deny') {
          const outcome = deny(group, each.by, each.second)
          expect(outcome.ok).toBe(each.by === bob && isAlive(before, now))
          if (outcome.ok) group = outcome.value
        }
        expect(next[group.state]).toBeGreaterThanOrEqual(next[before.state])
        if (next[before.state] === 4) expect(group).toBe(before)
        expect(group.revision - before.revision).toBe(group === before ? 0 : 1)
        expect(group.approvals.slice(0, before.approvals.length)).toEqual(before.approvals)
        expect(group.denied !== undefined).toBe(group.state === 'denying' || group.state === 'denied')
        if (group.state === 'pending' || group.state === 'denying') expect(group.lookAt).toBeDefined()
        if (next[group.state] === 4) expect([group.lookAt, group.remindAt]).toEqual([undefined, undefined])
        if (group.state === 'expired') expect(now).toBeGreaterThanOrEqual(group.expiresAt)
        expect([group.path, group.accessor, group.reporter]).toEqual([waiting.path, waiting.accessor, ann])
      }
    }),
  )
})
