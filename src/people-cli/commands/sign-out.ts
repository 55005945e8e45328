import type { Command } from 'commander'
import { openApi } from '../api/client.ts'
import { type Context, examples } from '../context.ts'

export const define = (command: Command, { io, safe }: Context): void => {
  command.addHelpText('after', examples('latchkey sign-out')).action(async () => {
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
  })
}
