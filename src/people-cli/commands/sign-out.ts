import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
import { type Content, empty } from '../safe/content.ts'
import { CliError } from '../trouble.ts'

/** Ends the session at Latchkey where that is possible, and forgets everything here. */
export const signOut = async ({ io, safe }: Context): Promise<void> => {
  let trouble = ''
  const note = (error: Error) => {
    trouble = error.message
  }
  const { session, credentials } = await safe.read().catch((error: Error): Content => {
    note(error)
    return empty
  })
  if (session) {
    const end = async () => (await openApi(safe)).call('DELETE', `/sessions/${encodeURIComponent(session.id)}`)
    await end().catch(note)
  }
  const kept = await safe.remove()
  if (kept === undefined) io.say('You are signed out. This machine keeps no token.')
  if (trouble !== '') io.note(`The session could not be ended at Latchkey, where it runs out by itself: ${trouble}`)
  if (credentials.length > 0) io.note('Your access goes on. "give-back" would have ended it; chat still can.')
  if (kept !== undefined) {
    throw new CliError(`the file is removed, but the keyring still holds your tokens: ${kept}`, undefined, [
      `In the keyring, remove the entry “latchkey” of ${safe.file}. "latchkey sessions" ends the session after a new sign-in.`,
    ])
  }
}
