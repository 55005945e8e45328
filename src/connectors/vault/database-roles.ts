import { z } from 'zod'
import { lengthInWords } from '../../domain/length.ts'
import { seconds } from '../../domain/time.ts'
import type { VaultCalls } from './calls.ts'
import { judgeStatements } from './database-statements.ts'
import { obstacleText } from './obstacles.ts'
import { resourceTypeOf } from './resource-types.ts'
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

/** How long a login lives without a renewal, which people cannot make; 0 where the mount decides. */
const lifeOf = ({ default_ttl: usual, max_ttl: most }: DatabaseRole): number =>
  most > 0 && (usual === 0 || usual > most) ? most : usual

/** A role in words, before anybody asks for it. */
const aboutRole = (role: DatabaseRole): string => {
  const life = lifeOf(role)
  const { endsSessions, givesObjectsAway } = judgeStatements(role.revocation_statements)
  return [
    `logins at ${role.db_name}`,
    ...(life > 0 ? [`each lives ${lengthInWords(seconds(life))} at most`] : []),
    endsSessions ? 'the end closes open sessions' : 'open sessions go on after the end',
    givesObjectsAway ? 'the end gives away what a login owns' : 'a login that owns something outlives the end',
  ].join('; ')
}

/** The role at a mount; `undefined` when it does not exist. */
export const readDatabaseRole = (
  calls: Pick<VaultCalls, 'readRole'>,
  mount: string,
  name: string,
): Promise<DatabaseRole | undefined> => calls.readRole(mount, name, databaseRole)

/** Whether an end leaves open sessions, or a login that owns something. */
export const leavesSomething = ({ revocation_statements: statements }: DatabaseRole): boolean => {
  const { endsSessions, givesObjectsAway } = judgeStatements(statements)
  return !endsSessions || !givesObjectsAway
}

/** A role, with what its logins leave behind. */
export const loginsOf: RoleOffer = async (_, calls, { mount, role: name }) => {
  const role = await readDatabaseRole(calls, mount, name)
  if (!role) return []
  const path = `${mount}/${name}`
  const isUnfit = resourceTypeOf('database')?.pattern?.test(name) === false
  const obstacle = isUnfit
    ? 'its name has a character other than letters, digits, ".", "_" and "-"'
    : obstacleText(path)
  const about = { type: 'database', path, permissions: ['connect'], description: aboutRole(role) }
  return [{ ...about, ...(obstacle !== undefined && { obstacle }) }]
}
