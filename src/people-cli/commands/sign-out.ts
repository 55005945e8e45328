import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'

/** Ends the session at Latchkey where that is possible, and always forgets everything here. */
export const signOut = async ({ io, safe }: Context): Promise<void> => {
  const { session, credentials } = await safe.read().catch(() => ({ session: undefined, credentials: [] }))
  let trouble = ''
  if (session) {
    const end = async () => (await openApi(safe)).call('DELETE', `/sessions/${encodeURIComponent(session.id)}`)
    await end().catch((error: Error) => {
      trouble = error.message
    })
  }
  await safe.remove()
  io.say('You are signed out. This machine keeps no token.')
  if (trouble !== '') io.note(`The session could not be ended at Latchkey, where it runs out by itself: ${trouble}`)
  if (credentials.length > 0) io.note('Your access goes on. "give-back" would have ended it; chat still can.')
}
