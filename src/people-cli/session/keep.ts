import { setTimeout as delay } from 'node:timers/promises'
import { openApi } from '../api/client.ts'
import { type Content, type Session, turnedTo } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'

/** How long the end of a replaced session may hold a command up, in milliseconds. */
const patience = 5_000

/**
 * Keeps a new session on this machine, and ends the one that it replaces at its server. Else sign-ins would leave sessions
 * behind, until they push the person's others out. It runs out by itself where that fails.
 */
export const keepSession = async (safe: Safe, server: string, session: Session): Promise<void> => {
  let replaced: Content | undefined
  await safe.update((content) => {
    replaced = content
    return { ...turnedTo(server, content), session }
  })
  if (!replaced?.session || replaced.session.id === session.id) return
  await Promise.race([ended(replaced, replaced.session.id).catch(() => {}), delay(patience, undefined, { ref: false })])
}

/** Ends a session by its own tokens, since it may be another person's, or of another server. */
const ended = async (content: Content, id: string): Promise<void> => {
  const api = await openApi(inMemory(content))
  await api.call('DELETE', `/sessions/${encodeURIComponent(id)}`)
}

const inMemory = (content: Content): Pick<Safe, 'read' | 'update'> => {
  let present = content
  const save = async (next: Content) => {
    present = next
  }
  return {
    read: async () => present,
    update: async (change) => {
      await save(await change(present, save))
      return present
    },
  }
}
