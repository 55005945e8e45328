import fc from 'fast-check'
import { expect, test } from 'vitest'
import { holdsRole, rolesHeld } from '../../../src/app/operators.ts'
import { Verb } from '../../../src/control/protocol.ts'
import { rolesFor } from '../../../src/control/roles.ts'
import { personId } from '../../../src/domain/ids.ts'
import type { Party } from '../../../src/domain/integration.ts'
import {
  holdersOf,
  mayAs,
  type Operator,
  type OperatorRule,
  operatorRoles,
  rolesOf,
} from '../../../src/domain/operator-role.ts'
import { seconds } from '../../../src/domain/time.ts'
import { calls } from '../../../src/http/api/calls.ts'

const people = ['ada', 'grace', 'linus'].map(personId)
const uids: Readonly<Record<string, number>> = { root: 0, latchkey: 900, alice: 1001 }
const groups: Readonly<Record<string, readonly (typeof people)[number][]>> = {
  'group:sre': people.slice(0, 2),
  'group:empty': [],
}
const members = (party: Party) => groups[party] ?? people.filter((id) => party === `person:${id}`)
const known = { members, uidOf: (name: string) => uids[name] }

const party = fc.constantFrom<Party>('group:sre', 'group:empty', 'person:ada', 'person:linus', 'person:gone')
const rule: fc.Arbitrary<OperatorRule> = fc.record({
  role: fc.constantFrom(...operatorRoles),
  people: fc.array(party, { maxLength: 3 }),
  unixUsers: fc.array(fc.constantFrom('root', 'latchkey', 'alice', 'nobody-here'), { maxLength: 3 }),
})
const operator: fc.Arbitrary<Operator> = fc.oneof(
  fc.constantFrom(...people).map((id) => ({ kind: 'person' as const, id })),
  fc.constantFrom(0, 900, 1001, 4242).map((uid) => ({ kind: 'unix-user' as const, uid, name: 'x@host' })),
)
const verbs = Object.values(rolesFor)

test('every verb of the socket has a role, no role is freeze yet, and each verb is a call with the same roles', () => {
  const names = Verb.options.map(({ shape }) => shape.verb.value)
  expect(Object.keys(rolesFor).sort()).toEqual([...names].sort())
  expect(verbs.flat()).not.toContain('freeze')
  for (const name of names) {
    const call = calls.find(({ path }) => path === `/operator/${name}`)
    expect([call?.roles, call?.needsAll]).toEqual([rolesFor[name], true])
  }
})

test('more roles never give less, in every verb', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), rule, operator, (rules, more, who) => {
      const [before, after] = [rolesOf(rules, who, known), rolesOf([...rules, more], who, known)]
      for (const needed of verbs) if (mayAs(before, needed)) expect(mayAs(after, needed)).toBe(true)
    }),
  )
})

test('whoever no entry names may do nothing, and whoever it names holds exactly its role', () => {
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 4 }), operator, (rules, who) => {
      const roles = rolesOf(rules, who, known)
      const naming = rules.filter(({ people: parties, unixUsers }) =>
        who.kind === 'person'
          ? parties.flatMap(members).includes(who.id)
          : unixUsers.some((name) => uids[name] === who.uid),
      )
      expect(roles).toEqual(new Set(naming.map(({ role }) => role)))
      if (naming.length === 0) for (const needed of verbs) expect(mayAs(roles, needed)).toBe(false)
      for (const held of holdersOf(rules, known)) {
        if (who.kind === 'person') expect(held.people.includes(who.id)).toBe(roles.has(held.role))
      }
    }),
  )
})

test('without the key, the server’s own user and root do everything, another user nothing, and people only what auditors may', () => {
  const directory = { members, find: () => undefined, person: () => undefined, partiesOf: () => [] }
  const deps = {
    directory,
    settings: {
      ...{ linkBase: '', linkInMessage: false, linkConfirm: 'none' as const, revokeOnMisuse: true },
      ...{ claim: seconds(60), wake: seconds(15), provedShare: 0, auditors: ['person:ada' as const] },
    },
  }
  const user = (uid: number) => ({ kind: 'unix-user', uid, name: 'x' }) as const
  for (const uid of [4242, 0]) {
    expect(rolesHeld(deps, user(uid), known.uidOf, [4242, 0])).toEqual(new Set(operatorRoles))
  }
  expect(rolesHeld(deps, user(4243), known.uidOf, [4242, 0])).toEqual(new Set())
  expect([...people.map((id) => holdsRole(deps, id, ['audit']))]).toEqual([true, false, false])
  expect(holdsRole(deps, people[0] ?? personId('ada'), ['read', 'operate'])).toBe(false)
})
