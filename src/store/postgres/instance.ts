import { type InstanceId, instanceId } from '../../domain/ids.ts'
import type { Queries } from './connection.ts'
import { instance } from './schema.ts'

/** Drawn at the first question, and kept forever. */
export const instanceOf = async (within: Queries, newId: () => string): Promise<InstanceId> => {
  await within
    .insert(instance)
    .values({ only: 1, id: instanceId(newId()) })
    .onConflictDoNothing()
  const [known] = await within.select().from(instance)
  if (known === undefined) throw new Error('The database has no instance.')
  return known.id
}
