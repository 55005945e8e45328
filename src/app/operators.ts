import type { PersonId } from '../domain/ids.ts'
import {
  holdersOf,
  mayAs,
  type Needed,
  type Operator,
  type OperatorRule,
  operatorRoles,
  type RoleHolders,
  type Roles,
  rolesOf,
  type UidOf,
} from '../domain/operator-role.ts'
import { type Deps, membersOf, type Settings } from './deps.ts'

type Known = Pick<Deps, 'directory' | 'settings'>

/** Every entry that gives a role. The key `auditors` gives `audit` to people. */
export const rulesOf = ({
  operators = [],
  auditors = [],
}: Pick<Settings, 'operators' | 'auditors'>): readonly OperatorRule[] => [
  ...operators,
  ...(auditors.length === 0 ? [] : [{ role: 'audit' as const, people: auditors, unixUsers: [] }]),
]

const everything: Roles = new Set(operatorRoles)

/**
 * The operator's roles at this moment, by the directory and the users of today. As long as no roles are configured, the
 * `masters` do everything: the server's own user and root. Another user of the machine holds nothing then.
 */
export const rolesHeld = (
  { settings, ...deps }: Known,
  operator: Operator,
  uidOf: UidOf,
  masters: readonly number[] = [],
): Roles =>
  settings.operators === undefined && operator.kind === 'unix-user' && masters.includes(operator.uid)
    ? everything
    : rolesOf(rulesOf(settings), operator, { members: membersOf(deps), uidOf })

/** Who holds which role today; empty where no roles are configured. */
export const roleHolders = ({ settings, ...deps }: Known, uidOf: UidOf): readonly RoleHolders[] =>
  settings.operators === undefined ? [] : holdersOf(rulesOf(settings), { members: membersOf(deps), uidOf })

/** The users of this machine whom the configuration names. */
export const unixUsersIn = ({ operators = [] }: Pick<Settings, 'operators'>): readonly string[] =>
  operators.flatMap(({ unixUsers }) => unixUsers)

/** A person's roles. */
export const rolesOfPerson = (deps: Known, id: PersonId): Roles => rolesHeld(deps, { kind: 'person', id }, isNobody)

const isNobody: UidOf = () => undefined

/** Whether a person holds one of these roles. */
export const holdsRole = (deps: Known, id: PersonId, needed: Needed): boolean => mayAs(rolesOfPerson(deps, id), needed)
