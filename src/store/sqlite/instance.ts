import { type InstanceId, instanceId } from '../../domain/ids.ts'
import { atomically, type Queries } from './connection.ts'
import { instance } from './schema.ts'

/** Drawn at the first question, and kept forever. */
export const instanceOf = (queries: Queries, newId: () => string): InstanceId =>
  atomically(queries, (within) => {
    const known = within.select().from(instance).get()
    if (known) return known.id
    const id = instanceId(newId())
    within.insert(instance).values({ only: 1, id }).run()
    return id
  })
