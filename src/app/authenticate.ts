import { type Actor, byPerson } from '../domain/audit-event.ts'
import { pipelinePerson } from '../domain/pipeline.ts'
import type { Refusal } from '../domain/refusal.ts'
import { accept, type NotSignedIn, type Outcome, refuse } from '../domain/refusal.ts'
import { type Session, use } from '../domain/session.ts'
import type { AccessTokens, PipelineTokens, Proofs, ProvedKey } from '../ports.ts'
import type { Authenticate, Caller, Presented } from './caller.ts'
import { personOf } from './confirm-fetch-link.ts'
import type { Deps } from './deps.ts'
import { endSession } from './end-session.ts'
import { recordRefusal } from './record-refusal.ts'
import { refusedSession } from './refused-session.ts'

export type AuthenticateParts = {
  readonly proofs: Proofs
  /** Present where the issuer's access tokens count. */
  readonly accessTokens?: AccessTokens | undefined
  /** Present where pipelines are configured. */
  readonly pipelines?: PipelineTokens | undefined
  /** Whether this proof is seen for the first time. */
  readonly isFirstSight: (proof: ProvedKey) => Promise<boolean>
}

/**
 * Identifies the caller of a call by HTTP. A terminal shows its access token and a proof of its key, a browser its
 * cookie, a program an access token of the issuer, a pipeline the token of its run. A call without any credential is no event. Other refusals are
 * audited, but for an access token that ran out, as each does after ten minutes.
 */
export const authenticate = (deps: Deps, parts: AuthenticateParts): Authenticate => {
  const { store, hash } = deps
  return async (presented) => {
    const { authorization, cookie } = presented
    if (authorization === undefined) {
      if (cookie === undefined) return refuse(notSignedIn('nothing'))
      return bySession(deps, await store.session({ access: hash(cookie) }), hash(cookie), 'browser')
    }
    const [, scheme = '', token = ''] = /^([A-Za-z]+) +(\S+)$/.exec(authorization) ?? []
    const isBound = scheme.toLowerCase() === 'dpop'
    if (!isBound && scheme.toLowerCase() !== 'bearer') return strange(deps, notSignedIn('unknown'))
    const isOfIssuer = token.split('.').length === 3
    if (isOfIssuer) {
      const caller = isBound ? undefined : await byPipeline(deps, parts, token)
      return caller ?? byAccessToken(deps, parts, token, { ...presented, isBound })
    }
    const session = await store.session({ access: hash(token) })
    if (session?.kind !== 'terminal') return strange(deps, notSignedIn('unknown'))
    const proved = isBound ? await provedKey(parts, presented, token) : undefined
    if (proved?.key !== session.key) return refusedSession(deps, session, notSignedIn('proof'))
    if (!(await parts.isFirstSight(proved))) return refusedSession(deps, session, notSignedIn('proof'))
    return bySession(deps, session, hash(token), 'terminal')
  }
}

const notSignedIn = (why: NotSignedIn): Refusal => ({ code: 'not-signed-in', why })

/** A caller whom nothing names. They share one limit of audit rows. */
const unnamed: Actor = { kind: 'stranger', platform: 'session', tenant: 'unknown', subject: 'unknown' }

const strange = async (deps: Deps, refusal: Refusal): Promise<Outcome<Caller>> => {
  await recordRefusal(deps)(unnamed, refusal)
  return refuse(refusal)
}

const provedKey = async (
  { proofs }: AuthenticateParts,
  { method, url, dpop }: Presented,
  token: string,
): Promise<ProvedKey | undefined> => (dpop === undefined ? undefined : proofs.read(dpop, { method, url, token }))

const bySession = async (
  deps: Deps,
  session: Session | undefined,
  access: string,
  kind: Session['kind'],
): Promise<Outcome<Caller>> => {
  if (session?.kind !== kind) return strange(deps, notSignedIn('unknown'))
  const used = use(session, access, deps.clock.now())
  if (used.is === 'over') return refusedSession(deps, session, { code: 'session-over', why: used.why })
  if (used.is === 'stale') return refuse(notSignedIn('stale'))
  const person = deps.directory.find(session.person)
  if (!person) {
    await endSession(deps)(session.id, 'person-removed')
    return refusedSession(deps, session, { code: 'session-over', why: 'person-removed' })
  }
  // A conflict means that another call of the same moment noted the use.
  if (used.session !== session) await deps.store.saveSession(used.session)
  const { id, rights, signedInAt } = session
  return accept({ ...{ person, by: kind, rights, session: id }, ...(signedInAt !== undefined && { signedInAt }) })
}

/** `undefined` for a token that is of no pipeline's issuer, or not for us. */
const byPipeline = async (
  deps: Deps,
  { pipelines }: AuthenticateParts,
  token: string,
): Promise<Outcome<Caller> | undefined> => {
  const read = await pipelines?.read(token)
  if (!read) return undefined
  if (read.is === 'no-pipeline') return strange(deps, { code: 'unknown-pipeline' })
  const person = deps.directory.find(pipelinePerson(read.pipeline))
  if (!person?.isPipeline) return strange(deps, { code: 'unknown-pipeline' })
  return accept({ person, by: 'pipeline', rights: 'own', run: read.run })
}

const byAccessToken = async (
  deps: Deps,
  parts: AuthenticateParts,
  token: string,
  presented: Presented & { readonly isBound: boolean },
): Promise<Outcome<Caller>> => {
  const held = await parts.accessTokens?.read(token)
  if (!held) return strange(deps, notSignedIn('token'))
  const [account] = held.identities
  const person = personOf(deps, held.identities)
  const actor: Actor = person ? byPerson(person.id) : { kind: 'stranger', ...account }
  const refused = async (refusal: Refusal) => {
    await recordRefusal(deps)(actor, refusal)
    return refuse(refusal)
  }
  if (held.key !== undefined || presented.isBound) {
    const proved = await provedKey(parts, presented, token)
    if (held.key === undefined || proved?.key !== held.key) return refused(notSignedIn('proof'))
    if (!presented.isBound || !(await parts.isFirstSight(proved))) return refused(notSignedIn('proof'))
  }
  if (!person) return refused({ code: 'unknown-person', ...account })
  const { signedInAt } = held
  return accept({ ...{ person, by: 'access-token', rights: 'all' }, ...(signedInAt !== undefined && { signedInAt }) })
}
