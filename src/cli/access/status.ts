import type { Command } from 'commander'
import type { Status } from '../../control/protocol.ts'
import { powerText } from '../../domain/power.ts'
import { eventSink } from '../../ports.ts'
import { printable } from '../../terminal.ts'
import { troubleSentence } from '../../views/copy-troubles.ts'
import { refusedText } from '../../views/copy-unreachable.ts'
import { headText, momentText } from '../audit/options.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { operatorTexts } from './who.ts'

/** `latchkey status` */
export const define = (command: Command, io: Io): void => {
  withJsonOption(withPlaceOptions(command))
    .addHelpText('after', examples('latchkey status', 'latchkey status --json'))
    .action(async (options: PlaceOptions & { json?: boolean }) => {
      const { withServer } = await import('../client.ts')
      const status = await withServer(options, io, (server) => server.ask({ verb: 'status' }))
      io.say(options.json ? JSON.stringify(status, undefined, 2) : statusText(status))
    })
}

/** The state of the server on a few lines. */
export const statusText = (status: Status): string => {
  const {
    version,
    instance,
    process,
    startedAt,
    url,
    waitingFor,
    integrations,
    held,
    cards,
    refused,
    audit,
    head,
    push,
    operators,
  } = status
  const { blockedSince } = status
  return [
    `Latchkey ${version} at ${url}, process ${process}, since ${momentText(startedAt)}, instance ${instance}`,
    waitingFor.length === 0 ? 'Ready.' : `Not ready: waiting for ${waitingFor.join(', ')}.`,
    ...(blockedSince === undefined ? [] : [blockedText(blockedSince)]),
    ...integrations.map(integrationText),
    ...(held > 0 ? [`${held} ends of access are HELD BACK because they are many: latchkey people confirm`] : []),
    `Chat: ${cards === 0 ? 'every message is up to date' : `${counted(cards)} not up to date yet`}.`,
    ...refused.slice(0, mostRefused).map(refusedLine),
    ...(refused.length > mostRefused ? [`Chat: and ${refused.length - mostRefused} more; --json names them.`] : []),
    `Audit log: ${audit.sequence} rows, head ${headText(audit)}`,
    ...(head ? [`Audit head: NOT SENT since ${momentText(head.since)}: ${head.problem}. ${headRemedy}`] : []),
    ...push.map(pushText),
    ...(operators ? operatorTexts(operators) : []),
  ]
    .map(printable)
    .join('\n')
}

const mostRefused = 20
const headRemedy = 'What to do: check audit.headTo; latchkey doctor checks a channel.'

const counted = (count: number): string => (count === 1 ? '1 message is' : `${count} messages are`)

const refusedLine = ({ platform, to, account, code, since, count }: Status['refused'][number]): string => {
  const { found, remedy } = refusedText(code)
  const who = account === undefined ? to : `${to} (${account})`
  return `Chat: ${counted(count)} REFUSED by ${platform} for ${who} since ${momentText(since)}: ${found}. What to do: ${remedy}.`
}

const blockedText = (since: number): string =>
  `Database: nothing can be written since ${momentText(since)}. End the program that locks it, or start PostgreSQL again; Latchkey then does the waiting work.`

const integrationText = (one: Status['integrations'][number]): string => {
  const { integration, power, trouble, away, stuck, auditLog, pending, provisioning, active, revoking, overdue } = one
  const vault = trouble
    ? `is in trouble since ${momentText(trouble.since)}: ${troubleSentence(trouble.code)} (${trouble.code})`
    : 'answers'
  const bot = power ? ` It is ${power}: ${powerText[power]}` : ''
  const late = overdue > 0 ? `, ${overdue} of them OVERDUE` : ''
  return `${integration}: the vault ${vault}; ${pending} ${pending === 1 ? 'request waits' : 'requests wait'}; ${provisioning} being set up, ${active} active, ${revoking} ending${late}.${away.map(awayText).join('')}${stuck.map(stuckText).join('')}${auditLog ? auditLogText(auditLog) : ''}${bot}`
}

const auditLogText = ({ readTo, isBroken }: NonNullable<Status['integrations'][number]['auditLog']>): string => {
  const to = readTo === undefined ? '' : ` ${momentText(readTo)}`
  if (!isBroken) return ` Its audit log is read to${to}.`
  const found = readTo === undefined ? 'was NEVER READ' : `is NOT READ, or lacks lines, since${to}`
  return ` Its audit log ${found}, so what was done with access is incomplete. What to do: latchkey doctor says why.`
}

const stuckText = ({ path, reason, command, since }: Status['integrations'][number]['stuck'][number]): string =>
  ` STUCK since ${momentText(since)}: the vault gave up ending what it made for ${path} (${reason}). What to do: remove the cause, then ${command}.`

const awayText = ({ place, code, since }: Status['integrations'][number]['away'][number]): string =>
  ` ${place} is away since ${momentText(since)} (${code}).`

const pushText = ({ sink, rows, seconds, trouble, refusal }: Status['push'][number]): string => {
  const receiver = sink === eventSink ? 'Events webhook' : `Audit ${sink}`
  if (rows === 0) return `${receiver}: has every row.`
  if (refusal !== undefined)
    return `${receiver}: ${rows} rows REFUSED, for ${Math.round(seconds)} s: ${refusal}. What to do: check its address and its secret; the log keeps every row.`
  return `${receiver}: ${rows} rows behind, for ${Math.round(seconds)} s${trouble ? ` (${trouble})` : ''}.`
}
