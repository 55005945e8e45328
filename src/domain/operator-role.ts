import type { Actor } from './audit-event.ts'
import type { PersonId } from './ids.ts'
import type { Party } from './integration.ts'
import type { MembersOf } from './routing.ts'

/**
 * What an operator of Latchkey itself may do. `read` looks, `operate` does what operators do, `audit` reads and checks the
 * audit log. Nothing needs `freeze` yet.
 */
export const operatorRoles = ['read', 'operate', 'audit', 'freeze'] as const
export type OperatorRole = (typeof operatorRoles)[number]

/** One entry of the configuration: who holds a role. */
export type OperatorRule = {
  readonly role: OperatorRole
  readonly people: readonly Party[]
  /** Users of this machine, by name or by number. */
  readonly unixUsers: readonly string[]
}

/** Who asks as an operator, proved by a sign-in or by the kernel. `name` is the one in the audit log. */
export type Operator =
  | { readonly kind: 'person'; readonly id: PersonId }
  | { readonly kind: 'unix-user'; readonly uid: number; readonly name: string }

/** The operator's name in the audit log. */
export const actorOf = (operator: Operator): Actor =>
  operator.kind === 'person' ? operator : { kind: 'operator', name: operator.name }

/** The roles that an entry may give; any one of them is enough. */
export type Needed = readonly [OperatorRole, ...OperatorRole[]]

export type Roles = ReadonlySet<OperatorRole>

/** Whether these roles are enough. */
export const mayAs = (roles: Roles, needed: Needed): boolean => needed.some((role) => roles.has(role))

/** The user id behind a name of the configuration today; `undefined` where this machine knows no such user. */
export type UidOf = (name: string) => number | undefined

/** The roles of an operator today. */
export const rolesOf = (
  rules: readonly OperatorRule[],
  operator: Operator,
  { members, uidOf }: { readonly members: MembersOf; readonly uidOf: UidOf },
): Roles => new Set(rules.filter((rule) => isNamed(rule, operator, members, uidOf)).map(({ role }) => role))

const isNamed = ({ people, unixUsers }: OperatorRule, operator: Operator, members: MembersOf, uidOf: UidOf): boolean =>
  operator.kind === 'person'
    ? people.flatMap(members).includes(operator.id)
    : unixUsers.some((name) => uidOf(name) === operator.uid)

/** Needed roles in a sentence, such as `“read” or “operate”`. */
export const rolesText = (needed: Needed): string => {
  const quoted = needed.map((role) => `“${role}”`)
  const last = quoted.at(-1) ?? ''
  return quoted.length === 1 ? last : `${quoted.slice(0, -1).join(', ')} or ${last}`
}

/** Who holds a role today, and which entries name nobody: a person who left, an empty group, an unknown user. */
export type RoleHolders = {
  readonly role: OperatorRole
  readonly people: readonly PersonId[]
  readonly unixUsers: readonly string[]
  readonly nobody: readonly string[]
}

/** The holders of each role that the configuration gives. */
export const holdersOf = (
  rules: readonly OperatorRule[],
  { members, uidOf }: { readonly members: MembersOf; readonly uidOf: UidOf },
): readonly RoleHolders[] =>
  operatorRoles.flatMap((role) => {
    const own = rules.filter((rule) => rule.role === role)
    if (own.length === 0) return []
    const parties = [...new Set(own.flatMap(({ people }) => people))]
    const users = [...new Set(own.flatMap(({ unixUsers }) => unixUsers))]
    return [
      {
        role,
        people: [...new Set(parties.flatMap(members))],
        unixUsers: users.filter((name) => uidOf(name) !== undefined),
        nobody: [
          ...parties.filter((party) => members(party).length === 0),
          ...users.filter((name) => uidOf(name) === undefined).map((name) => `unix user ${name}`),
        ],
      },
    ]
  })
