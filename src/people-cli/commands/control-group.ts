import { setTimeout as delay } from 'node:timers/promises'
import { openApi } from '../api/client.ts'
import type { Authorisation, ControlGroup } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { confirmed } from '../io.ts'
import { leftUntil, oneLine, table } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'

type Json = { readonly json?: boolean }
type ReportOptions = Json & { readonly 'vault-id'?: string; readonly vaultId?: string; readonly wait?: boolean }

const lookEvery = 3000

/** Tells Latchkey of a wrapped answer, and asks the members. Only the accessor leaves this machine. */
export const report = async (
  { io, safe }: Context,
  [typed]: readonly string[],
  { json, vaultId, wait }: ReportOptions,
): Promise<void> => {
  const accessor = accessorIn(typed ?? (await io.input()))
  const api = await openApi(safe)
  const body = { accessor, ...(vaultId !== undefined && { vault: vaultId }) }
  let group = await api.call<ControlGroup>('POST', '/control-groups', { body })
  if (!json || wait) io.note(oneLine(`${group.operation} ${group.path}: ${waitingText(group)}`))
  while (wait && (group.state === 'pending' || group.state === 'denying')) {
    await delay(lookEvery)
    group = await api.call<ControlGroup>('GET', `/control-groups/${encodeURIComponent(group.id)}`)
  }
  if (json) io.say(JSON.stringify(group, null, 2))
  else if (group.state !== 'pending') io.say(oneLine(stateText(group)))
  if (wait && group.state !== 'authorised') throw new CliError(`it is ${group.state}`, exitCodes.notGiven)
}

const waitingText = ({ state, deciders, groups }: ControlGroup): string => {
  if (state !== 'pending') return `it is ${state}.`
  const names = deciders.map(({ name }) => name).join(', ')
  return names === '' ? `nobody of ${groups.join(', ')} is known to Latchkey.` : `asked ${names}.`
}

const stateText = ({ state, denied }: ControlGroup): string =>
  denied ? `It is ${state}. ${denied.by.name} denied it: ${denied.note}` : `It is ${state}.`

/** The accessor in what the vault answered: as JSON, as a table, or alone. A wrapping token is never sent. */
const accessorIn = (text: string): string => {
  const found =
    /"wrap_info"[\s\S]*?"accessor"\s*:\s*"([^"]+)"/.exec(text)?.[1] ??
    /^\s*wrapping_accessor:?\s+(\S+)/m.exec(text)?.[1] ??
    (/^\S+$/.test(text.trim()) ? text.trim() : undefined)
  if (found === undefined) {
    throw new CliError('there is no wrapping_accessor in this', exitCodes.usage, [
      'Give the accessor, or what the vault answered: bao read -format=json PATH > wrapped.json',
    ])
  }
  if (/^(hvs|hvb|hvr|s|b|r)\./.test(found)) {
    throw new CliError('this is the wrapping token, and was not sent', exitCodes.usage, [
      'Keep it. Give wrapping_accessor, which stands beside it.',
    ])
  }
  return found
}

/** What waits for control groups. */
export const list = async ({ io, safe }: Context, _: readonly string[], { json }: Json): Promise<void> => {
  const api = await openApi(safe)
  const all = await api.all<ControlGroup>('/control-groups')
  if (json) return io.say(JSON.stringify(all, null, 2))
  if (all.length === 0) return io.note('No control group waits for you, or was asked for you.')
  const rows = all.map((group) => [
    ...[group.id, group.state, group.requester.person?.name ?? group.requester.name],
    ...[`${group.operation} ${group.path}`, group.approvals.map(({ name }) => name).join(', ') || 'nobody'],
    ...[group.state === 'pending' ? leftUntil(group.expiresAt) : '', group.mayDecide ? 'yes' : 'no'],
  ])
  io.say(table(['CONTROL GROUP', 'STATE', 'FROM', 'WHAT', 'AUTHORISED BY', 'EXPIRES', 'YOU DECIDE'], rows))
}

/** Prints the lines with which a member authorises it: only their own token of the vault can. */
export const authorise = async ({ io, safe }: Context, [id = '']: readonly string[], { json }: Json): Promise<void> => {
  const api = await openApi(safe)
  const at = `/control-groups/${encodeURIComponent(id)}`
  if (!json) describe(io.note, await api.call<ControlGroup>('GET', at))
  const { commands, ...rest } = await api.call<Authorisation>('POST', `${at}/authorisation`)
  if (json) return io.say(JSON.stringify({ commands, ...rest }, null, 2))
  io.note('Run this where you are logged in at the vault, with your own token:')
  io.say(commands.join('\n'))
}

type Denial = { readonly note: string; readonly yes?: boolean } & Json

/** Denies it, or ends what was authorised. */
export const denyControlGroup = async (
  { io, safe }: Context,
  [id = '']: readonly string[],
  { note, yes, json }: Denial,
): Promise<void> => {
  const api = await openApi(safe)
  const at = `/control-groups/${encodeURIComponent(id)}`
  describe(io.note, await api.call<ControlGroup>('GET', at))
  await confirmed(io, 'Deny this?', yes)
  const after = await api.call<ControlGroup>('POST', `${at}/denial`, { body: { note } })
  if (json) return io.say(JSON.stringify(after, null, 2))
  io.say('You denied it. The vault ends it now.')
}

const describe = (
  note: (text: string) => void,
  { requester, operation, path, vault, approvals }: ControlGroup,
): void => {
  note(
    oneLine(
      `${requester.person?.name ?? `${requester.name} (the vault's name)`} asks ${vault} to ${operation} ${path}`,
    ),
  )
  note(oneLine(`authorised by ${approvals.map(({ name }) => name).join(', ') || 'nobody yet'}`))
}
