import { z } from 'zod'
import { lengthInWords } from '../../domain/length.ts'
import type { Item } from '../../domain/resource.ts'
import { seconds } from '../../domain/time.ts'
import type { VaultCalls } from './calls.ts'
import type { VaultContext } from './context.ts'
import { judgeStatements } from './database-statements.ts'
import { obstacleText } from './obstacles.ts'
import { type DatabaseFacts, resourceTypeOf, splitPath } from './resource-types.ts'
import type { RoleOffer } from './role-offers.ts'

/** What a role of a database engine says about its logins. */
const databaseRole = z.object({
  db_name: z.string(),
  default_ttl: z.number().default(0),
  max_ttl: z.number().default(0),
  revocation_statements: z
    .array(z.string())
    .nullish()
    .transform((given) => given ?? []),
})
type DatabaseRole = z.output<typeof databaseRole>

/** How long a login lives without a renewal, which people cannot make, and what its end leaves. */
const factsOf = ({
  default_ttl: usual,
  max_ttl: most,
  revocation_statements: statements,
}: DatabaseRole): DatabaseFacts => ({
  life: seconds(most > 0 && (usual === 0 || usual > most) ? most : usual),
  ...judgeStatements(statements),
})

/** A role in words, before anybody asks for it. */
const aboutRole = (role: DatabaseRole, { life, endsSessions, givesObjectsAway, heir }: DatabaseFacts): string =>
  [
    `logins at ${role.db_name}`,
    ...(life > 0 ? [`each lives ${lengthInWords(life)} at most`] : []),
    endsSessions ? 'the end closes open sessions' : 'open sessions go on after the end',
    givesObjectsAway ? 'the end gives away what a login owns' : 'a login that owns something outlives the end',
    ...(heir === undefined ? [] : [`its views and functions then work with the rights of ${heir}`]),
  ].join('; ')

/** Whether an end leaves more in the database than discovery has shown. */
export const leavesMore = (role: DatabaseRole, seen: DatabaseFacts): boolean => {
  const { endsSessions, givesObjectsAway, heir } = factsOf(role)
  const isWeaker = (seen.endsSessions && !endsSessions) || (seen.givesObjectsAway && !givesObjectsAway)
  return isWeaker || (heir !== undefined && heir !== seen.heir)
}

/** The role at a mount; `undefined` when it does not exist. */
export const readDatabaseRole = (
  calls: Pick<VaultCalls, 'readRole'>,
  mount: string,
  name: string,
): Promise<DatabaseRole | undefined> => calls.readRole(mount, name, databaseRole)

/** What an end leaves behind that it should not, of a role as the vault answers it; empty for what is no role. */
export const leftBehind = (answer: unknown): readonly string[] => {
  const role = databaseRole.safeParse(answer)
  if (!role.success) return []
  const { endsSessions, givesObjectsAway, heir } = judgeStatements(role.data.revocation_statements)
  return [
    ...(endsSessions ? [] : ['open sessions go on']),
    ...(givesObjectsAway ? [] : ['a login that owns something stays']),
    ...(heir === undefined ? [] : [`views and functions of a login then work with the rights of ${heir}`]),
  ]
}

/** A role, with what its logins leave behind. */
export const loginsOf: RoleOffer = async ({ databaseRoles }, calls, { mount, role: name }) => {
  const role = await readDatabaseRole(calls, mount, name)
  if (!role) return []
  const path = `${mount}/${name}`
  const facts = factsOf(role)
  databaseRoles.set(path, facts)
  const isUnfit = resourceTypeOf('database')?.pattern?.test(name) === false
  const obstacle = isUnfit
    ? 'its name has a character other than letters, digits, ".", "_" and "-"'
    : obstacleText(path)
  const about = { type: 'database', path, permissions: ['connect'], description: aboutRole(role, facts) }
  return [{ ...about, ...(obstacle !== undefined && { obstacle }) }]
}

/** Reads the roles of these items anew, so that the page tells how long a login lives; without an answer it says less. */
export const noteRoles = async (context: VaultContext, calls: VaultCalls, items: readonly Item[]): Promise<void> => {
  for (const { type, path } of items) {
    const place = type === 'database' ? splitPath(path, context.mounts.database) : undefined
    const role = place && (await readDatabaseRole(calls, place.mount, place.path).catch(() => undefined))
    if (role) context.databaseRoles.set(path, factsOf(role))
  }
}
