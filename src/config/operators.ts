import { z } from 'zod'
import type { Party } from '../domain/integration.ts'
import { operatorRoles } from '../domain/operator-role.ts'

/** As `useradd` and directory services write them; a number is a user id. */
const unixUser = z
  .union([z.string().regex(/^[A-Za-z_][\w.@-]{0,63}\$?$/), z.int().min(0).max(4_294_967_294)], {
    error: 'write the name or the number of a user of this machine',
  })
  .transform(String)

/** Who holds one role of an operator, by the schema of parties. */
export const operatorSettings = (party: z.ZodType<Party>) =>
  z
    .strictObject({
      role: z.enum(operatorRoles),
      people: z.array(party).default([]),
      unixUsers: z.array(unixUser).default([]),
    })
    .refine(({ people, unixUsers }) => people.length + unixUsers.length > 0, {
      path: ['people'],
      error: 'name people or unixUsers: nobody would hold this role',
    })
