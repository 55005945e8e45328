import { drawnFor, type Journal, policyNames } from '../domain/journal.ts'
import { type Clock, ExternalError, type Store } from '../ports.ts'

/** The same store; every name that it is told to keep is in the journal too before anybody uses it. */
export const journalNames = (store: Store, journal: Journal, clock: Pick<Clock, 'now'>): Store => ({
  ...store,
  saveHandle: async (id, handle) => {
    const fresh = policyNames(handle).filter((name) => !journal.has(name))
    const grant = fresh.length > 0 ? (await store.requestOfGrant(id))?.grant : undefined
    if (!grant) return store.saveHandle(id, handle)
    const drawn = drawnFor({ ...grant, handle: { policies: fresh } }, clock.now())
    await Promise.all([journal.note(drawn).catch(unwritable), store.saveHandle(id, handle)])
  },
})

/** Without its name in the journal, no access may come into being; what exists still ends. */
const unwritable = (cause: unknown): never => {
  const why = cause instanceof Error ? cause.message : String(cause)
  throw new ExternalError('journal-unwritable', `The journal of names cannot be written: ${why}`, {
    ...{ transient: true, cause },
  })
}
