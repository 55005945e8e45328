import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const name = 'latchkey-browser'
const life = 24 * 60 * 60

/** Tells browsers apart, and our own forms from foreign ones. */
export type Visitors = {
  /** The value of the browser's cookie, if it sent one. */
  known(context: Context): string | undefined
  /** The value of the browser's cookie; drawn and set if it has none. */
  welcome(context: Context): string
  /** A token for the form. Only a server that knows the browser's cookie can make it. */
  formToken(browser: string, nonce: string): string
  /** The browser's value if our own form sent the request, else `undefined`. */
  sender(context: Context, nonce: string, formToken: string | undefined): string | undefined
}

/** Visitors of one public address; the request's host and a proxy's headers are not trusted. */
export const visitors = (publicUrl: string): Visitors => {
  const isSecure = publicUrl.startsWith('https:')
  const { origin: ownOrigin } = new URL(publicUrl)

  const known = (context: Context) => {
    const value = getCookie(context, name, isSecure ? 'host' : undefined)
    return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
  }

  return {
    known,
    welcome(context) {
      const value = known(context)
      if (value !== undefined) return value
      const drawn = randomBytes(32).toString('base64url')
      // Lax, not Strict: a link pressed in a chat must send the cookie, or each press draws a new one. One cookie
      // serves all links, because the `__Host-` prefix (against sibling hosts) requires the path "/".
      const options = { path: '/', httpOnly: true, sameSite: 'Lax', maxAge: life } as const
      setCookie(context, name, drawn, isSecure ? { ...options, secure: true, prefix: 'host' } : options)
      return drawn
    },
    formToken,
    sender(context, nonce, given) {
      const browser = known(context)
      if (browser === undefined || given === undefined || !isFromUs(context, ownOrigin)) return undefined
      return isSame(given, formToken(browser, nonce)) ? browser : undefined
    },
  }
}

const formToken = (browser: string, nonce: string): string =>
  createHmac('sha256', browser).update(`fetch-form:${nonce}`).digest('base64url')

const isSame = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}

const isFromUs = (context: Context, ownOrigin: string): boolean => {
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined && site !== 'same-origin') return false
  const origin = context.req.header('origin')
  // Our own pages also send "null", because they withhold the referrer; then only the form token decides.
  return origin === undefined || origin === 'null' || origin === ownOrigin
}
