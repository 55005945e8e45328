import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import type { Log } from '../app/deps.ts'
import type { Clock, SignIn } from '../ports.ts'
import { tooManyPage, unusablePage } from './pages/notices.ts'
import { type SignInPage, signInPage } from './sign-in-page.ts'
import { unknownVisits, visitsPer } from './unknown-visits.ts'
import { type Visitors, visitors } from './visitor.ts'

export type Env = { Bindings: HttpBindings }

export type CommonOptions = {
  /** The address at which browsers reach this server through any proxy, such as `https://latchkey.example.com`. */
  readonly publicUrl: string
  readonly clock: Pick<Clock, 'now'>
  /** Present when an issuer is configured. */
  readonly signIn?: SignIn | undefined
  readonly log: Pick<Log, 'warn'>
}

/** What all pages for people share. */
export type Common = {
  readonly clock: Pick<Clock, 'now'>
  readonly browsers: Visitors
  readonly signIns: SignInPage | undefined
  /** The one answer to what does not work; limited by remote address. */
  unusable(context: Context<Env>): Response | Promise<Response>
  /** Whether so many left for the issuer from this address, without coming back, that the next one must press. */
  isBusy(context: Context<Env>): boolean
}

export const commonParts = ({ publicUrl, clock, signIn, log }: CommonOptions): Common => {
  const browsers = visitors(publicUrl)
  const broken = unknownVisits(clock)
  const departures = unknownVisits(clock)
  const addressOf = (context: Context<Env>) => context.env.incoming.socket.remoteAddress
  const unusable = (context: Context<Env>) =>
    broken.isOneTooMany(addressOf(context))
      ? context.html(tooManyPage, 429, { 'retry-after': String(visitsPer) })
      : context.html(unusablePage, 404)
  const onCome = (context: Context<Env>) => departures.forgive(addressOf(context))
  const signIns = signIn && signInPage({ signIn, browsers, publicUrl, clock, log, unusable, onCome })
  return { clock, browsers, signIns, unusable, isBusy: (context) => departures.isOneTooMany(addressOf(context)) }
}

/** The fields of a form. */
export const fieldsOf = async ({ req }: Context): Promise<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(await req.text()))

/** What the id in an address looks like: a link's nonce, or the id of a grant or link. */
export const idShape = /^[\w-]{16,128}$/
