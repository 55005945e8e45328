import { openApi } from '../api/client.ts'
import type { AccessRequest } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { leftUntil, lengthOf, table } from '../text.ts'

type Options = { readonly mine?: boolean; readonly json?: boolean }

export const pending = async ({ io, safe }: Context, _: readonly string[], { mine, json }: Options): Promise<void> => {
  const api = await openApi(safe)
  const found = await api.all<AccessRequest>(`/requests?which=${mine ? 'mine' : 'waiting'}`)
  const requests = found.filter(({ state }) => state === 'pending')
  if (json) return io.say(JSON.stringify(requests, null, 2))
  if (requests.length === 0) return io.note(mine ? 'No request of yours waits.' : 'Nothing waits for you.')
  const rows = requests.map(({ id, requester, items, duration, decideBy, reason, waitsFor }) => [
    ...[id, mine ? waitsFor.flatMap(({ owners }) => owners).join(', ') : requester.name],
    ...[items.map(({ path, permission }) => `${path} (${permission})`).join(', '), lengthOf(duration)],
    ...[decideBy === undefined ? '' : leftUntil(decideBy), reason],
  ])
  io.say(table(['REQUEST', mine ? 'WAITS FOR' : 'FROM', 'ITEMS', 'FOR', 'EXPIRES', 'REASON'], rows))
}
