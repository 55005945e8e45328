import type { Command } from 'commander'
import { openApi } from '../api/client.ts'
import { type Context, examples, jsonOption } from '../context.ts'
import { leftUntil, table } from '../text.ts'

type Listed = {
  readonly id: string
  readonly kind: string
  readonly rights: string
  readonly host?: string
  readonly address?: string
  readonly lastUsedAt?: string
  readonly expiresAt: string
}

export const define = (command: Command, { io, safe }: Context): void => {
  command
    .option('--end <session>', 'end this one')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey sessions', 'latchkey sessions --end s0123456789'))
    .action(async ({ end, json }: { readonly end?: string; readonly json?: boolean }) => {
      const api = await openApi(safe)
      if (end !== undefined) {
        await api.call('DELETE', `/sessions/${encodeURIComponent(end)}`)
        return io.say('The session has ended.')
      }
      const sessions = await api.all<Listed>('/sessions')
      if (json) return io.say(JSON.stringify(sessions, null, 2))
      const own = (await safe.read()).session?.id
      const rows = sessions.map(({ id, kind, host = '', address = '', expiresAt }) => [
        ...[id, kind, host, address, leftUntil(expiresAt), id === own ? 'this one' : ''],
      ])
      io.say(table(['SESSION', 'KIND', 'MACHINE', 'ADDRESS', 'ENDS', ''], rows))
    })
}
