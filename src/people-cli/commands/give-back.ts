import type { Command } from 'commander'
import { openApi } from '../api/client.ts'
import type { Grant } from '../api/types.ts'
import { type Context, examples } from '../context.ts'
import { forget } from '../grants/log-in.ts'
import { confirmed } from '../io.ts'

export const define = (command: Command, { io, safe }: Context): void => {
  command
    .argument('<access>', 'its id, as "latchkey access" shows it')
    .option('--note <text>', 'why; needed for the access of somebody else')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('latchkey give-back g0123456789'))
    .action(async (grant: string, { note, yes }: { readonly note?: string; readonly yes?: boolean }) => {
      const api = await openApi(safe)
      const at = `/grants/${encodeURIComponent(grant)}`
      const { items } = await api.call<Grant>('GET', at)
      await confirmed(io, `End the access to ${items.map(({ path }) => path).join(', ')}?`, yes)
      const after = await api.call<Grant>('POST', `${at}/revoke`, { body: { ...(note !== undefined && { note }) } })
      await forget(safe, grant)
      io.say(
        after.state === 'ended'
          ? 'The access has ended.'
          : 'The access is ending; its token no longer works in a moment.',
      )
    })
}
