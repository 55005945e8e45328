import { type Context, Hono } from 'hono'
import { z } from 'zod'
import type { Common, Env } from '../common.ts'
import { backToTerminalPage, badTerminalPage, terminalPage } from '../pages/terminal-pages.ts'
import { personalPage } from '../personal-pages.ts'
import type { SignInPage } from '../sign-in-page.ts'
import { addressOf, Host, thumbprintShape } from './endpoints.ts'
import type { SessionParts } from './parts.ts'

/** What the terminal asks for: its way back to this machine, the proof of the code (PKCE), its key and its name. */
type Wish = z.infer<typeof Wish>
const Wish = z.object({
  back: z.string().transform(backTo).pipe(z.string()),
  challenge: z.string().regex(thumbprintShape),
  state: z.string().regex(/^[\w.~-]{8,128}$/),
  key: z.string().regex(thumbprintShape),
  host: Host,
})

/**
 * The terminal's own address for the way back; `undefined` for any other. Only this machine itself can listen there, by
 * number: a name such as `localhost` may mean another one (RFC 8252, 7.3 and 8.3).
 */
function backTo(address: string): string | undefined {
  const [, host, port] = /^http:\/\/(127\.0\.0\.1|\[::1\]):(\d{1,5})\/callback$/.exec(address) ?? []
  return host !== undefined && Number(port) >= 1024 && Number(port) <= 65_535 ? address : undefined
}

const Query = z.object({
  code_challenge: z.string(),
  code_challenge_method: z.literal('S256').optional(),
  state: z.string(),
  port: z.string().optional(),
  redirect_uri: z.string().optional(),
  key: z.string(),
  host: z.string(),
})

const wishIn = (query: Record<string, string>): Wish | undefined => {
  const { data } = Query.safeParse(query)
  if (!data || (data.port === undefined) === (data.redirect_uri === undefined)) return undefined
  const back = data.redirect_uri ?? `http://127.0.0.1:${data.port}/callback`
  const { code_challenge: challenge, state, key, host } = data
  return Wish.safeParse({ back, challenge, state, key, host }).data
}

/** The wish as a part of an address, so that a sign-in under way takes no memory. It is checked again at each use. */
const packed = (wish: Wish): string => Buffer.from(JSON.stringify(wish)).toString('base64url')
const unpacked = (id: string): Wish | undefined => {
  try {
    return Wish.safeParse(JSON.parse(Buffer.from(id, 'base64url').toString())).data
  } catch {
    return undefined
  }
}

/** The address that a terminal opens in its person's browser. It leads on, or says what is wrong; it redirects nowhere else. */
export const authorizeRoute = (publicUrl: string): Hono<Env> =>
  new Hono<Env>().get('/authorize', (context) => {
    const wish = wishIn(context.req.query())
    if (!wish) return context.html(badTerminalPage, 400)
    return context.redirect(`${publicUrl}/fetch/terminal/${packed(wish)}`, 303)
  })

/** The page on which a person, freshly signed in at the issuer, lets a terminal in. */
export const terminalRoutes = (common: Common, signIns: SignInPage, parts: SessionParts): Hono<Env> => {
  const bad = (context: Context<Env>) => context.html(badTerminalPage, 400)
  return personalPage(common, signIns, {
    name: 'terminal',
    shape: /^[\w-]{100,1000}$/,
    needsFresh: true,
    enter: (_, identities) => parts.enter(identities),
    show(context, { id, person, form }) {
      const wish = unpacked(id)
      if (!wish) return bad(context)
      const at = { host: wish.host, address: addressOf(context), back: new URL(wish.back).host }
      return context.html(terminalPage({ ...at, name: person.name, form }))
    },
    async press(context, visit) {
      const wish = unpacked(visit.id)
      if (!wish) return bad(context)
      visit.forget()
      const { key, challenge, host: label } = wish
      const machine = { key, challenge, label, address: addressOf(context) }
      const code = await parts.terminals.permitInBrowser(machine, visit.person.id, visit.signedInAt)
      return context.html(backToTerminalPage(`${wish.back}?${new URLSearchParams({ code, state: wish.state })}`))
    },
  })
}
