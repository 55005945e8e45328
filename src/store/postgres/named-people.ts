import type { PersonId } from '../../domain/ids.ts'
import type { Queries } from './connection.ts'
import { eq, table, text } from './drizzle.ts'

/** Kept by triggers: every person whom a request, a requirement, a decision or an end has ever named. */
export const namedPeople = table('named_people', { person: text().$type<PersonId>().primaryKey() })

export const wasNamed = async (queries: Queries, person: PersonId): Promise<boolean> =>
  (await queries.select().from(namedPeople).where(eq(namedPeople.person, person))).length > 0
