import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { z } from 'zod'
import type { Shown } from '../../app/key-behind.ts'
import { newRate } from '../../app/rates.ts'
import type { Tokens } from '../../app/sign-in-terminal.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { seconds, secondsUntil } from '../../domain/time.ts'
import type { Clock, ProvedKey } from '../../ports.ts'
import type { Env } from '../common.ts'
import { failed, refused } from './failures.ts'
import type { SessionParts } from './parts.ts'

const word = z.string().min(1).max(512)
const Body = z.discriminatedUnion('grant_type', [
  z.object({
    grant_type: z.literal('authorization_code'),
    code: word,
    code_verifier: z.string().regex(/^[\w.~-]{43,128}$/),
  }),
  z.object({ grant_type: z.literal('device_code'), id: word }),
  z.object({ grant_type: z.literal('refresh_token'), refresh_token: word }),
])
const grantTypes = Body.options.map(({ shape }) => shape.grant_type.value as string)

/** How often a terminal may ask whether somebody has typed its code. */
const polls = { most: 40, per: seconds(60) }

type Options = {
  /** The address of the endpoint, which proofs name. */
  readonly url: string
  readonly clock: Pick<Clock, 'now'>
  /** Hears from where a sign-in began whose code a person typed. */
  readonly onPermitted: (address: string) => void
}

/** Gives tokens for a code, for the secret of a permitted sign-in, or for a refresh token. Every call proves its key. */
export const tokenEndpoint = (parts: SessionParts, { url, clock, onPermitted }: Options) => {
  const isTooFast = newRate<string>(clock, polls.most, polls.per)

  const proved = async (context: Context<Env>): Promise<ProvedKey | undefined> => {
    const proof = context.req.header('dpop')
    return proof === undefined ? undefined : parts.proofs.read(proof, { method: 'POST', url })
  }
  /** Only a proof by the secret's own key is stored: anybody can draw keys and sign with them. */
  const isReplayed = async (proof: ProvedKey, shown: Shown): Promise<boolean> =>
    proof.key === (await parts.keyBehind(shown)) && !(await parts.isFirstSight(proof))

  return async (context: Context<Env>): Promise<Response> => {
    const given: unknown = await context.req.json().catch(() => undefined)
    const { data: body } = Body.safeParse(given)
    if (!body) return malformed(context, given)
    const proof = await proved(context)
    if (proof && body.grant_type === 'device_code' && isTooFast(body.id)) {
      return refused(context, { code: 'too-many-codes' })
    }
    if (!proof || (await isReplayed(proof, shownIn(body)))) {
      const refusal = { code: 'not-signed-in', why: 'proof' } as const
      await parts.recordRefusal({ kind: 'stranger', platform: 'session', tenant: 'token', subject: 'unknown' }, refusal)
      return refused(context, refusal)
    }
    if (body.grant_type === 'refresh_token') {
      const attempt = context.req.header('idempotency-key')?.slice(0, 200)
      return answered(context, await parts.refresh(body.refresh_token, { key: proof.key, attempt }))
    }
    const { secret, challenge } = presented(body)
    const exchanged = await parts.terminals.exchange(secret, { key: proof.key, challenge })
    if (!exchanged.ok) return refused(context, exchanged.refusal)
    if (exchanged.value.is === 'waiting') {
      return failed(context, 'authorization_pending', 'authorization-pending', 'Nobody has typed the code yet.')
    }
    const { tokens } = exchanged.value
    if (body.grant_type === 'device_code') onPermitted(tokens.session.address)
    return answered(context, accept(tokens))
  }
}

const shownIn = (body: z.infer<typeof Body>): Shown =>
  body.grant_type === 'refresh_token' ? { refresh: body.refresh_token } : { signIn: presented(body).secret }

const presented = (body: Exclude<z.infer<typeof Body>, { grant_type: 'refresh_token' }>) =>
  body.grant_type === 'device_code'
    ? { secret: body.id }
    : { secret: body.code, challenge: createHash('sha256').update(body.code_verifier).digest('base64url') }

const answered = (context: Context, outcome: Outcome<Tokens>): Response => {
  if (!outcome.ok) return refused(context, outcome.refusal)
  const { access, refresh, session } = outcome.value
  return context.json({
    ...{ access_token: access, token_type: 'DPoP', refresh_token: refresh },
    expires_in: secondsUntil(session.usedAt, session.accessUntil),
    ...{ session: session.id, rights: session.rights, session_expires_at: new Date(session.expiresAt).toISOString() },
  })
}

const GrantType = z.object({ grant_type: z.string() })
const malformed = (context: Context, given: unknown): Response => {
  const { data } = GrantType.safeParse(given)
  if (data && !grantTypes.includes(data.grant_type)) {
    const message = `Send one of these as grant_type: ${grantTypes.join(', ')}.`
    return failed(context, 'unsupported_grant_type', 'unsupported-grant-type', message)
  }
  const message = 'Send a JSON object with grant_type and its fields, and the header content-type: application/json.'
  return failed(context, 'invalid_request', 'invalid-request', message)
}
