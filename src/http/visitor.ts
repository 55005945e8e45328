import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const name = 'latchkey-browser'
const life = 24 * 60 * 60
/** As long as a sign-in is remembered. */
const markLife = 600

/** Tells browsers apart, and our own forms from foreign ones. */
export type Visitors = {
  /** The value of the browser's cookie, if it sent one. */
  known(context: Context): string | undefined
  /** The value of the browser's cookie; drawn and set if it has none. */
  welcome(context: Context): string
  /** Marks the browser of a person who has just signed in for this page, with a value that did not exist before. */
  mark(context: Context, page: string): string
  /** That value, if the browser sent it. */
  marked(context: Context, page: string): string | undefined
  /** A token for the form of a page. Only a server that knows the browser's cookie can make it. */
  formToken(browser: string, page: string): string
  /** The browser's value if our own form sent the request, else `undefined`. */
  sender(context: Context, page: string, formToken: string | undefined): string | undefined
}

/** Visitors of one public address; the request's host and a proxy's headers are not trusted. */
export const visitors = (publicUrl: string): Visitors => {
  const isSecure = publicUrl.startsWith('https:')
  const { origin: ownOrigin } = new URL(publicUrl)

  const read = (context: Context, cookie: string) => {
    const value = getCookie(context, cookie, isSecure ? 'host' : undefined)
    return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
  }
  const known = (context: Context) => read(context, name)
  // Lax, not Strict: a link pressed in a chat must send the cookie, or each press draws a new one. One cookie serves
  // all links, because the `__Host-` prefix (against sibling hosts) requires the path "/".
  const draw = (context: Context, cookie: string, maxAge: number): string => {
    const drawn = randomBytes(32).toString('base64url')
    const options = { path: '/', httpOnly: true, sameSite: 'Lax', maxAge } as const
    setCookie(context, cookie, drawn, isSecure ? { ...options, secure: true, prefix: 'host' } : options)
    return drawn
  }

  return {
    known,
    welcome: (context) => known(context) ?? draw(context, name, life),
    mark: (context, page) => draw(context, markOf(page), markLife),
    marked: (context, page) => read(context, markOf(page)),
    formToken,
    sender(context, page, given) {
      const browser = known(context)
      if (browser === undefined || given === undefined || !isFromUs(context, ownOrigin)) return undefined
      return isSame(given, formToken(browser, page)) ? browser : undefined
    },
  }
}

/** One for each page, so that two sign-ins side by side do not end each other. */
const markOf = (page: string): string =>
  `latchkey-person-${createHash('sha256').update(page).digest('hex').slice(0, 16)}`

const formToken = (browser: string, page: string): string =>
  createHmac('sha256', browser).update(`fetch-form:${page}`).digest('base64url')

/** Compares two texts without telling by the time where they differ. */
export const isSame = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

/** Whether the browser says that a page of ours sent this; older browsers say nothing. */
export const isFromUs = (context: Context, ownOrigin: string): boolean => {
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return false
  const origin = context.req.header('origin')
  // Our own pages also send "null", because they withhold the referrer; then only the form token decides.
  return origin === undefined || origin === 'null' || origin === ownOrigin
}
