import type { Notice } from '../domain/card.ts'
import type { NotSignedIn, Refusal } from '../domain/refusal.ts'
import type { SessionEnd } from '../domain/session.ts'
import type { Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>

const notSignedIn = {
  nothing: 'You are not signed in. Run “latchkey sign-in”, or sign in on the page.',
  unknown: 'Latchkey does not know this session any more. Run “latchkey sign-in”, or sign in on the page again.',
  stale: 'The access token ran out. Exchange the refresh token for a new one, or sign in again.',
  proof: 'The key of this machine did not sign this call. Check the clock of the machine, then sign in again.',
  token: 'This access token is not meant for Latchkey, or it ran out. Let the issuer give a new one for our audience.',
} satisfies { [Why in NotSignedIn]: string }

const whyOver = {
  expired: 'lasted 12 hours, which is the limit',
  'signed-out': 'was signed out',
  'token-reused': 'was ended, because one of its refresh tokens was used twice: somebody may have copied it',
  'person-removed': 'was ended, because you are no longer in the people file',
  'account-deactivated': 'was ended, because your chat account was deactivated',
  'by-operator': 'was ended by an operator of Latchkey',
  'too-many': 'was ended, because you signed in at many other places since',
} satisfies { [Why in SessionEnd]: string }

/** What is said to a call by HTTP that proves nobody, or whose session may do less. */
export const sessionRefusals = {
  'not-signed-in': ({ why }: Coded<'not-signed-in'>): Text => [notSignedIn[why]],
  'session-over': ({ why }: Coded<'session-over'>): Text => [
    `This session ${whyOver[why]}. Run “latchkey sign-in”, or sign in on the page again.`,
  ],
  'code-unknown': (): Text => [
    'No terminal waits with this code. It is good for 5 minutes and once. Run “latchkey sign-in” for a new one, and type it as shown.',
  ],
  'too-many-codes': (): Text => ['Too many codes in a short time. Wait ten minutes, then use a new one.'],
  'sign-in-by-browser': (): Text => [
    'People sign in with the browser here, not with a code. Run “latchkey sign-in” on a machine with a browser.',
  ],
  'sign-in-too-old': (): Text => ['Your sign-in is too old for this, so nothing was done. Sign in again, then do it.'],
  'needs-sign-in': ({ hasIssuer }: Coded<'needs-sign-in'>): Text => [
    hasIssuer
      ? 'This session was opened with a code in chat, so it only asks, and fetches and ends your own access. Do this in chat, or sign in with the browser: “latchkey sign-in”.'
      : 'This session was opened with a code in chat, so it only asks, and fetches and ends your own access. Do this in chat.',
  ],
}

/** The news that a terminal's token was used twice, for its person alone. */
export const sessionEndedNews = ({ label, address, at }: Extract<Notice, { about: 'session-ended' }>) => ({
  title: 'A terminal of yours was signed out',
  tone: 'bad' as const,
  text: [
    { code: label },
    ' (signed in from ',
    { code: address },
    ') used a token for the second time ',
    { time: at },
    ', so Latchkey ended its session. Somebody may have copied the session file of that machine.',
  ],
  after: [['Find out whether that was you. Then sign in again there: ', { code: 'latchkey sign-in' }, '.']],
})
