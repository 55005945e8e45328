import type { Handle } from '../domain/connector.ts'
import { namesIn } from '../domain/connector.ts'
import type { GrantId } from '../domain/ids.ts'
import { drawnFor, type Journal } from '../domain/journal.ts'
import { messageOf } from '../domain/message-of.ts'
import { type Clock, ExternalError, type Store } from '../ports.ts'

/** The same store, but each name is also in the journal before its use. */
export const journalNames = (store: Store, journal: Journal, clock: Pick<Clock, 'now'>): Store => {
  /** Starts to note new names; the caller waits for both disks at once. */
  const begin = async (id: GrantId, handle: Handle): Promise<{ readonly noted: Promise<void> }> => {
    const fresh = namesIn(handle).filter((name) => !journal.has(name))
    const grant = fresh.length > 0 ? (await store.requestOfGrant(id))?.grant : undefined
    if (!grant) return { noted: Promise.resolve() }
    return { noted: journal.note(drawnFor(grant, clock.now(), fresh)).catch(unwritable) }
  }
  const both = async <T>(id: GrantId, handle: Handle, write: () => Promise<T>): Promise<T> => {
    const { noted } = await begin(id, handle)
    const [written, note] = await Promise.allSettled([write(), noted]) // a write that finishes later would surprise the caller
    if (written.status === 'rejected') throw written.reason
    if (note.status === 'rejected') throw note.reason
    return written.value
  }
  return {
    ...store,
    saveHandle: (id, handle, held) => both(id, handle, () => store.saveHandle(id, handle, held)),
    mint: (step) => both(step.grant, step.handle, () => store.mint(step)),
  }
}

/** Without its name in the journal, no access may be created; existing access still ends. */
const unwritable = (cause: unknown): never => {
  const why = messageOf(cause)
  throw new ExternalError('journal-unwritable', `The journal of names cannot be written: ${why}`, {
    ...{ transient: true, cause },
  })
}
