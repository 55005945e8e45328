import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Authenticate, Caller } from '../../app/caller.ts'
import { unlessStrange } from '../../app/may-read.ts'
import { byPerson } from '../../domain/audit-event.ts'
import { grantId, requestId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal } from '../../domain/refusal.ts'
import type { Timestamp } from '../../domain/time.ts'
import { admittedTo } from './admitted.ts'
import type { Call, More } from './call.ts'
import { failureOf, headersOf, statusOf } from './failures.ts'
import type { Parts } from './parts.ts'
import { readCall } from './read-call.ts'

export type Env = { Bindings: HttpBindings }

/** What all calls share besides the parts. */
export type Border = {
  /** When a caller may call again after one call too many. */
  readonly tooMany: (who: string) => Timestamp | undefined
  readonly publicUrl: string
  /** Aborts when the server stops. */
  readonly closing: AbortSignal
}

/** Answers one call: who calls, how often, what they wrote, and what the use case says. */
export const answerTo =
  (parts: Parts, call: Call, { tooMany, publicUrl, closing }: Border) =>
  async (context: Context<Env>): Promise<Response> => {
    const { req } = context
    const say = (refusal: Refusal, more?: More) => {
      const { error } = failureOf(refusal, call.fields)
      const headers = headersOf(refusal, parts.deps.clock.now())
      return context.json({ error: { ...error, ...more } }, statusOf[refusal.code], headers)
    }
    const found = await callerOf(parts.authenticate, call, context, publicUrl)
    if (!found.ok) return say(found.refusal)
    const caller = found.value
    const refused = async (refusal: Refusal, more?: More) =>
      say(await recorded(parts, call, caller, req.param('id'), refusal), more)

    const again = tooMany(caller?.person.id ?? `from ${context.env?.incoming?.socket.remoteAddress}`)
    if (again !== undefined) return refused({ code: 'too-many-calls', again })
    if (caller?.by === 'pipeline' && !call.isForPipelines) return refused({ code: 'not-for-pipelines' })
    if (call.needsAll && caller?.rights !== 'all') return refused(needsSignIn(parts))
    const read = await readCall(call, req)
    if (!read.ok) return context.json(read.failure, read.status)
    const admitted = await admittedTo(parts, call, caller, read.value.id)
    if (!admitted.ok) return refused(admitted.refusal)
    const gone = AbortSignal.any([closing, req.raw.signal])
    const outcome = await call.handle(parts, { ...read.value, caller, gone })
    if (outcome.ok) return context.json(outcome.value as object, call.status)
    return refused(outcome.refusal, 'more' in outcome ? outcome.more : undefined)
  }

/** The session was opened in chat, and may do less. */
export const needsSignIn = ({ deps }: Pick<Parts, 'deps'>): Refusal => ({
  code: 'needs-sign-in',
  hasIssuer: deps.settings.hasIssuer === true,
})

const callerOf = async (
  authenticate: Authenticate,
  { isOpen }: Call,
  { req }: Context<Env>,
  publicUrl: string,
): Promise<Outcome<Caller | undefined>> => {
  const authorization = req.header('authorization')
  if (isOpen && authorization === undefined) return accept(undefined)
  const url = `${publicUrl}${new URL(req.url).pathname}`
  return authenticate({ method: req.method, url, authorization, dpop: req.header('dpop') })
}

/** Audits what a person was refused. A stranger to the thing is told that it does not exist. */
const recorded = async (
  { deps, useCases }: Parts,
  { about }: Call,
  caller: Caller | undefined,
  id: string | undefined,
  refusal: Refusal,
): Promise<Refusal> => {
  if (!caller) return refusal
  const by = caller.person.id
  const { store } = deps
  const loaded =
    id === undefined || about === undefined
      ? undefined
      : await (about === 'grant' ? store.requestOfGrant(grantId(id)) : store.request(requestId(id)))
  const { integration, id: request } = loaded?.request ?? {}
  await useCases.recordRefusal(byPerson(by), refusal, {
    ...(integration !== undefined && request !== undefined && { integration, request }),
    ...(loaded?.grant && { grant: loaded.grant.id }),
  })
  return about === undefined ? refusal : unlessStrange(deps, refusal, loaded, by)
}
