import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Context } from 'hono'
import { getCookie, setCookie } from 'hono/cookie'

const name = 'latchkey-browser'
const life = 24 * 60 * 60

/** Tells browsers apart and our own forms from other people's. */
export type Visitors = {
  /** The browser's value, if it has brought one back. */
  known(context: Context): string | undefined
  /** The browser's value, drawn and handed out if it has none. */
  welcome(context: Context): string
  /** Goes into the form; whoever cannot read the browser's cookie cannot make it. */
  formToken(browser: string, nonce: string): string
  /** The browser's value when the request was sent by a form that we showed to it, else `undefined`. */
  sender(context: Context, nonce: string, formToken: string | undefined): string | undefined
}

/** For the address at which people's browsers reach us: neither the request's host nor a proxy's headers are believed. */
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
      // Lax and not Strict: a link pressed in a chat must bring the cookie along, or each press would draw a new one.
      // One cookie for all links, because the prefix that keeps sibling hosts from planting it asks for the path "/".
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
  // Browsers send "null" from our own pages too, because those withhold the referrer; the form token then decides alone.
  return origin === undefined || origin === 'null' || origin === ownOrigin
}
