import { send } from '../http.ts'
import type { PrivateKey, Session } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import { proofFor } from './dpop.ts'

/** An access token is renewed when less is left of it. */
const early = 30_000

type TokenAnswer = {
  readonly access_token: string
  readonly refresh_token: string
  readonly expires_in: number
  readonly session: string | { readonly id: string }
  readonly rights?: 'own' | 'all'
}

/** One call of the token endpoint; its refusals are in the style of RFC 6749. */
export const askForTokens = async (
  server: string,
  key: PrivateKey,
  body: Readonly<Record<string, string>>,
  before?: Session,
): Promise<Session> => {
  const path = '/api/v1/sessions/token'
  const headers = { dpop: proofFor(key, 'POST', `${server}${path}`) }
  const { status, json } = await send({ origin: server, path, method: 'POST', headers, body })
  if (status !== 200) throw refusal(status, json)
  const { access_token, refresh_token, expires_in, session, rights } = json as TokenAnswer
  return {
    ...{ id: typeof session === 'string' ? session : session.id, rights: rights ?? before?.rights ?? 'own', key },
    ...{ accessToken: access_token, accessUntil: Date.now() + expires_in * 1000, refreshToken: refresh_token },
  }
}

/** A refusal by the token endpoint, with the word of RFC 6749 and RFC 8628 for it. */
export class TokenError extends ApiError {
  readonly error: string

  constructor(status: number, error: string, code: string, message: string) {
    super(status, code, message)
    this.error = error
  }
}

const refusal = (status: number, json: unknown): Error => {
  const body = (json ?? {}) as Readonly<Record<string, unknown>>
  const { error, error_description: described, code, message } = body
  const nested = typeof error === 'object' ? (error as Readonly<Record<string, unknown>>) : undefined
  const text = [message, nested?.message, described].find((one) => typeof one === 'string')
  const name = [code, nested?.code, error].find((one) => typeof one === 'string')
  const said = `${text ?? `Latchkey answered with ${status}`}`
  return new TokenError(status, typeof error === 'string' ? error : '', `${name ?? status}`, said)
}

/** Thrown where a command needs a session and there is none that works. */
export const notSignedIn = (why = 'you are not signed in'): CliError =>
  new CliError(why, exitCodes.notSignedIn, ['Run "latchkey sign-in".'])

/**
 * A session whose access token still lasts. The refresh token is used under the lock, because the second use of one ends
 * the session: a command that waited for the lock takes what the other one got.
 */
export const freshSession = async (safe: Safe, known: Session, server: string, refused?: string): Promise<Session> => {
  const isFresh = ({ accessToken, accessUntil }: Session) => accessToken !== refused && accessUntil - early > Date.now()
  if (isFresh(known)) return known
  const content = await safe.update(async (now) => {
    const { session } = now
    if (!session) throw notSignedIn()
    if (isFresh(session)) return now
    const given = { grant_type: 'refresh_token', refresh_token: session.refreshToken }
    return { ...now, session: await askForTokens(server, session.key, given, session).catch(ended) }
  })
  if (!content.session) throw notSignedIn()
  return content.session
}

const ended = (error: unknown): never => {
  const isOver = error instanceof ApiError && (error.status === 400 || error.status === 401)
  throw isOver ? notSignedIn(`your session has ended: ${error.message}`) : error
}
