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
  readonly session: string
  readonly rights: 'own' | 'all'
}

/** A refusal by the token endpoint, with the word of RFC 6749 and RFC 8628 for it. */
export class TokenError extends ApiError {
  readonly error: string

  constructor(
    status: number,
    { error = '', error_description: described, code = error, message = described }: Refused,
  ) {
    super(status, code, message ?? `Latchkey answered with ${status}`)
    this.error = error
  }
}
type Refused = {
  readonly error?: string
  readonly error_description?: string
  readonly code?: string
  readonly message?: string
}

/** One call of the token endpoint. `attempt` names one use of a refresh token, which may be repeated. */
export const askForTokens = async (
  server: string,
  key: PrivateKey,
  body: Readonly<Record<string, string>>,
  attempt?: string,
): Promise<Session> => {
  const path = '/api/v1/sessions/token'
  const headers = {
    dpop: proofFor(key, 'POST', `${server}${path}`),
    ...(attempt !== undefined && { 'idempotency-key': attempt }),
  }
  const { status, json } = await send({ origin: server, path, method: 'POST', headers, body })
  if (status !== 200) throw new TokenError(status, (json ?? {}) as Refused)
  const { access_token, refresh_token, expires_in, session, rights } = json as TokenAnswer
  return {
    ...{ id: session, rights, key, accessToken: access_token, refreshToken: refresh_token },
    accessUntil: Date.now() + expires_in * 1000,
  }
}

/** Thrown where a command needs a session and there is none that works. */
export const notSignedIn = (why = 'you are not signed in'): CliError =>
  new CliError(why, exitCodes.notSignedIn, ['Run "latchkey sign-in".'])

/**
 * A session whose access token still lasts. The refresh token is used under the lock, because the second use of one ends
 * the session: a command that waited for the lock takes what the other one got.
 */
export const freshSession = async (
  safe: Pick<Safe, 'update'>,
  known: Session,
  server: string,
  refused?: string,
): Promise<Session> => {
  const isFresh = ({ accessToken, accessUntil }: Session) => accessToken !== refused && accessUntil - early > Date.now()
  if (isFresh(known)) return known
  const { session } = await safe.update(async (content, save) => {
    if (!content.session) throw notSignedIn()
    if (isFresh(content.session)) return content
    // Saved before its use: whoever was interrupted repeats the same use, and not a second one.
    const attempt = content.session.attempt ?? crypto.randomUUID()
    const trying = { ...content.session, attempt }
    await save({ ...content, session: trying })
    const given = { grant_type: 'refresh_token', refresh_token: trying.refreshToken }
    const ask = () => askForTokens(server, trying.key, given, attempt)
    return { ...content, session: await ask().catch(once(ask)).catch(ended) }
  })
  if (!session) throw notSignedIn()
  return session
}

/** Repeats a use whose answer was lost, at once, because Latchkey permits that for a minute only. */
const once =
  <T>(again: () => Promise<T>) =>
  (error: unknown): Promise<T> => {
    if (error instanceof CliError && !(error instanceof ApiError) && error.exitCode === exitCodes.away) return again()
    throw error
  }

const ended = (error: unknown): never => {
  const isOver = error instanceof TokenError && error.status === 400
  throw isOver ? notSignedIn(`your session has ended: ${error.message}`) : error
}
