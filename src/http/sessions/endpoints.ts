import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Caller } from '../../app/caller.ts'
import type { Machine, Started } from '../../app/sign-in-terminal.ts'
import { byPerson } from '../../domain/audit-event.ts'
import { cleanLine, cutEnd } from '../../domain/clean.ts'
import { sessionId } from '../../domain/ids.ts'
import { type Outcome, refuse } from '../../domain/refusal.ts'
import type { Session } from '../../domain/session.ts'
import { seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import type { Common, Env } from '../common.ts'
import { unknownVisits } from '../unknown-visits.ts'
import { apiRefusal, failed, refused } from './failures.ts'
import type { SessionParts } from './parts.ts'
import { tokenEndpoint } from './token.ts'

/**
 * How many sign-ins terminals of one network may begin that nobody permits. Beyond that nothing is stored, and nobody is
 * disturbed.
 */
const starts = { visits: 10, per: seconds(600), addresses: 10_000 }
/** How often a terminal should ask whether somebody has typed its code, in seconds. */
const interval = 2

export const thumbprintShape = /^[\w-]{43}$/
/** The name of a machine as it is shown: one line of a host's name. */
export const Host = z
  .string()
  .max(200)
  .transform((text) => cutEnd(cleanLine(text).trim(), 64))
  .pipe(z.string().min(1))
const Start = z.object({
  key: z.union([z.string().regex(thumbprintShape), z.record(z.string(), z.unknown())]),
  host: Host,
})

export const addressOf = (context: Context<Env>): string => context.env.incoming.socket.remoteAddress ?? 'unknown'

/** The calls about sessions beneath `/api/v1/sessions`. */
export const sessionRoutes = (
  { clock, publicUrl }: Pick<Common, 'clock'> & { readonly publicUrl: string },
  parts: SessionParts,
): Hono<Env> => {
  const base = `${publicUrl}/api/v1/sessions`
  const begun = unknownVisits(clock, starts)

  const callerOf = async (context: Context<Env>): Promise<Outcome<Caller>> => {
    const caller = await parts.authenticate({
      ...{ method: context.req.method, url: `${publicUrl}${new URL(context.req.url).pathname}` },
      ...{ authorization: context.req.header('authorization'), dpop: context.req.header('dpop') },
    })
    if (!caller.ok || caller.value.by !== 'pipeline') return caller
    const refusal = { code: 'not-for-pipelines' } as const // it has no sessions
    await parts.recordRefusal(byPerson(caller.value.person.id), refusal)
    return refuse(refusal)
  }

  /** Only what was stored counts. */
  const start = async (machine: Machine): Promise<Outcome<Started>> => {
    const isOneTooMany = begun.isOneTooMany(machine.address)
    const started = isOneTooMany ? refuse({ code: 'too-many-codes' }) : await parts.terminals.start(machine)
    if (!started.ok) begun.forgive(machine.address)
    return started
  }

  return new Hono<Env>()
    .post('/start', async (context) => {
      const { data } = Start.safeParse(await context.req.json().catch(() => undefined))
      const key = typeof data?.key === 'string' ? data.key : await parts.proofs.thumbprint(data?.key)
      if (!data || key === undefined) return failed(context, 'invalid_request', 'invalid-request', startMessage)
      if (!parts.terminals.takesCodes) return refused(context, { code: 'sign-in-by-browser' })
      const started = await start({ key, label: data.host, address: addressOf(context) })
      if (!started.ok) return refused(context, started.refusal)
      const { secret, code, lasts } = started.value
      const where = parts.hasDeviceCode ? { verification_uri: `${publicUrl}/terminal` } : {}
      return context.json({ id: secret, code, expires_in: lasts, interval, ...where }, 201)
    })
    .post('/token', tokenEndpoint(parts, { url: `${base}/token`, clock, onPermitted: begun.forgive }))
    .get('/', async (context) => {
      const caller = await callerOf(context)
      if (!caller.ok) return apiRefusal(context, caller.refusal, 401)
      const sessions = await parts.sessionsOf(caller.value.person.id)
      return context.json({ items: sessions.map((session) => shown(session, caller.value)) })
    })
    .delete('/:id', async (context) => {
      const caller = await callerOf(context)
      if (!caller.ok) return apiRefusal(context, caller.refusal, 401)
      const ended = await parts.signOut(sessionId(context.req.param('id')), caller.value.person.id)
      return ended.ok ? context.body(null, 204) : apiRefusal(context, ended.refusal, 404)
    })
    .onError((error, context) => {
      if (!(error instanceof ExternalError)) throw error
      return apiRefusal(context, { code: 'try-again' }, 503) // the issuer is away, or a chat
    })
}

const startMessage =
  'Send a JSON object with key, the public P-256 key of the terminal or its thumbprint, and host, the name of the machine.'

const iso = (moment: number): string => new Date(moment).toISOString()

const shown = ({ id, kind, rights, label, address, openedAt, usedAt, expiresAt }: Session, { session }: Caller) => ({
  ...{ id, kind, rights, host: label, address, openedAt: iso(openedAt), lastUsedAt: iso(usedAt) },
  ...{ expiresAt: iso(expiresAt), isThisOne: id === session },
})
