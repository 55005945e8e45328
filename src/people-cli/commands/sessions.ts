import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
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

export const sessions = async (
  { io, safe }: Context,
  _: readonly string[],
  { end, json }: { readonly end?: string; readonly json?: boolean },
): Promise<void> => {
  const api = await openApi(safe)
  if (end !== undefined) {
    await api.call('DELETE', `/sessions/${encodeURIComponent(end)}`)
    return io.say('The session has ended.')
  }
  const all = await api.all<Listed>('/sessions')
  if (json) return io.say(JSON.stringify(all, null, 2))
  const own = (await safe.read()).session?.id
  const rows = all.map(({ id, kind, host = '', address = '', expiresAt }) => [
    ...[id, kind, host, address, leftUntil(expiresAt), id === own ? 'this one' : ''],
  ])
  io.say(table(['SESSION', 'KIND', 'MACHINE', 'ADDRESS', 'ENDS', ''], rows))
}
