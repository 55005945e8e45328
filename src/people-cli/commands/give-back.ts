import { openApi } from '../api/client.ts'
import type { Grant } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { forget } from '../grants/log-in.ts'
import { confirmed } from '../io.ts'

export const giveBack = async (
  { io, safe }: Context,
  [grant = '']: readonly string[],
  { note, yes }: { readonly note?: string; readonly yes?: boolean },
): Promise<void> => {
  const api = await openApi(safe)
  const at = `/grants/${encodeURIComponent(grant)}`
  const { items } = await api.call<Grant>('GET', at)
  await confirmed(io, `End the access to ${items.map(({ path }) => path).join(', ')}?`, yes)
  const after = await api.call<Grant>('POST', `${at}/revoke`, { body: { ...(note !== undefined && { note }) } })
  await forget(safe, grant)
  io.say(
    after.state === 'ended' ? 'The access has ended.' : 'The access is ending; its token no longer works in a moment.',
  )
}
