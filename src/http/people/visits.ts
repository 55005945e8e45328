import { createHmac } from 'node:crypto'
import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { BrowserSessions } from '../../app/browser-sessions.ts'
import type { Caller } from '../../app/caller.ts'
import { sessionLife } from '../../domain/session.ts'
import { type Seconds, secondsUntil } from '../../domain/time.ts'
import type { Clock, Person } from '../../ports.ts'
import type { Env } from '../common.ts'
import { isFromUs, isSame } from '../visitor.ts'
import { browserName } from './browser-name.ts'

const name = 'latchkey-session'

/** A person who has signed in, at one browser. */
export type Visit = {
  readonly caller: Caller
  readonly person: Person
  /** The token for the form of a page. Only who reads the page has it. */
  token(page: string): string
  /** Whether the person proved lately who they are. */
  isFresh(within: Seconds): boolean
}

export type Visits = {
  of(context: Context<Env>): Promise<Visit | undefined>
  /** Draws a cookie that did not exist before, so that nobody can have planted it. */
  signIn(context: Context, person: Person): Promise<void>
  forget(context: Context): void
  /** Whether our own page sent the form. */
  isOurs(context: Context, visit: Visit, page: string, token: string | null): boolean
}

type Needs = { readonly publicUrl: string; readonly sessions: BrowserSessions; readonly clock: Pick<Clock, 'now'> }

/** Who is at the browser, by the cookie of a session. Its row has the hash of the cookie only. */
export const newVisits = ({ publicUrl, sessions, clock }: Needs): Visits => {
  const { origin, protocol } = new URL(publicUrl)
  const isSecure = protocol === 'https:'
  const options = { path: '/', httpOnly: true, sameSite: 'Lax' } as const
  const read = (context: Context) => {
    const value = getCookie(context, name, isSecure ? 'host' : undefined)
    return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
  }
  const labelOf = (context: Context) => browserName(context.req.header('user-agent') ?? '')
  return {
    async of(context) {
      const cookie = read(context)
      const caller = await sessions.find(cookie, labelOf(context))
      if (!caller || cookie === undefined) return undefined
      const { person, signedInAt } = caller
      return {
        ...{ caller, person },
        token: (page) => createHmac('sha256', cookie).update(`people-form:${page}`).digest('base64url'),
        isFresh: (within) => signedInAt !== undefined && secondsUntil(signedInAt, clock.now()) < within,
      }
    },
    async signIn(context, person) {
      const { incoming } = (context as Context<Env>).env
      const at = { label: labelOf(context), address: incoming.socket.remoteAddress ?? 'unknown' }
      const cookie = await sessions.open(person, at, read(context))
      const lasting = { ...options, maxAge: sessionLife }
      setCookie(context, name, cookie, isSecure ? { ...lasting, secure: true, prefix: 'host' } : lasting)
    },
    forget: (context) =>
      void deleteCookie(context, name, isSecure ? { ...options, secure: true, prefix: 'host' } : options),
    isOurs: (context, visit, page, token) =>
      token !== null && isFromUs(context, origin) && isSame(token, visit.token(page)),
  }
}
