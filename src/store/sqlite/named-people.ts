import type { PersonId } from '../../domain/ids.ts'
import type { Queries } from './connection.ts'
import { eq, sqliteTable, text } from './drizzle.ts'

/** Kept by triggers: every person whom a request, a requirement, a decision or an end has ever named. */
export const namedPeople = sqliteTable('named_people', { person: text().$type<PersonId>().primaryKey() })

export const wasNamed = (queries: Queries, person: PersonId): boolean =>
  queries.select().from(namedPeople).where(eq(namedPeople.person, person)).get() !== undefined
