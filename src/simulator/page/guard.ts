import type { MiddlewareHandler } from 'hono'

const loopbackHost = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/

/** Frames across pages of this machine, by origin: who may show this page, and whom it shows. */
export type Frames = { framedBy?: string | undefined; shows?: readonly string[] }

/**
 * Admits only the pages of this machine. A foreign `Host` means DNS rebinding; a foreign `Origin` on a change means
 * CSRF. One origin, or none, may show the page in a frame.
 */
export const ownPageOnly =
  ({ framedBy = "'none'", shows = ["'none'"] }: Frames = {}): MiddlewareHandler =>
  async (context, next) => {
    const host = context.req.header('host') ?? ''
    const isOwnHost = loopbackHost.test(host)
    const isChange = context.req.method !== 'GET' && context.req.method !== 'HEAD'
    const isOwnOrigin = context.req.header('origin') === `http://${host}`
    const isJson = (context.req.header('content-type') ?? '').startsWith('application/json')
    if (!isOwnHost || (isChange && !(isOwnOrigin && isJson))) return context.text('not from here', 403)
    await next()
    const policy = `${basicPolicy}; frame-ancestors ${framedBy}; frame-src ${shows.join(' ')}`
    context.header('content-security-policy', policy)
    context.header('x-content-type-options', 'nosniff')
    context.header('referrer-policy', 'no-referrer')
    context.header('cache-control', 'no-store')
    return undefined
  }

const basicPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "form-action 'none'; base-uri 'none'"
