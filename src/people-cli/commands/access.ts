import { openApi } from '../api/client.ts'
import type { Grant } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { live } from '../grants/log-in.ts'
import { leftUntil, quoted, table } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'

type Options = { readonly ended?: boolean; readonly how?: boolean; readonly json?: boolean }

export const access = async (
  { io, safe }: Context,
  [id]: readonly string[],
  { ended, how, json }: Options,
): Promise<void> => {
  const api = await openApi(safe)
  const grants =
    id === undefined
      ? await api.all<Grant>(`/grants?which=${ended ? 'ended' : 'mine'}`)
      : [await api.call<Grant>('GET', `/grants/${encodeURIComponent(id)}`)]
  if (json) return io.say(JSON.stringify(grants, null, 2))
  if (grants.length === 0) throw new CliError('you have no access', exitCodes.notFound)
  if (how) return io.say(grants.map(waysOf).join('\n\n'))
  const here = new Set(live(await safe.read()).map(({ grant }) => grant))
  const rows = grants.map(({ id: grant, vault, state, items, expiresAt, endedAt }) => [
    ...[grant, vault, items.map(({ path, permission }) => `${path} (${permission})`).join(', '), state],
    ...[state === 'active' && expiresAt !== undefined ? leftUntil(expiresAt) : (endedAt ?? '')],
    here.has(grant) ? 'yes' : 'no',
  ])
  io.say(table(['ACCESS', 'VAULT', 'ITEMS', 'STATE', ended ? 'ENDED' : 'ENDS', 'LOGGED IN HERE'], rows))
}

const waysOf = ({ id, vault, items, usage }: Grant): string => {
  const own = items
    .filter(({ type }) => type === 'secret')
    .map(({ path }) => `  latchkey vault fetch ${quoted(path)} --vault-id ${quoted(vault)}`)
  const ways = usage?.ways?.map(({ title, text }) => `${title}\n${indented(text)}`) ?? []
  const commands = ways.length > 0 ? ways : (usage?.commands ?? []).map(indented)
  const outlasts = (usage?.outlasts ?? []).map((sentence) => `  ${sentence}`)
  const head = `Access ${id} at ${vault}, ${usage?.address ?? 'whose vault is not configured'}`
  return [head, ...own, ...commands, ...outlasts].join('\n')
}

const indented = (text: string): string => text.replaceAll(/^/gm, '  ')
