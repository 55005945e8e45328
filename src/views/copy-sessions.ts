import type { NotSignedIn, Refusal } from '../domain/refusal.ts'
import type { Text } from './view-model.ts'

type Coded<Code extends Refusal['code']> = Extract<Refusal, { code: Code }>

const notSignedIn = {
  nothing: 'You are not signed in. Run “latchkey sign-in”, or sign in on the page.',
  unknown: 'This session is over. Run “latchkey sign-in”, or sign in on the page again.',
  stale: 'The access token ran out. Exchange the refresh token for a new one, or sign in again.',
  proof: 'The key of this machine did not sign this call. Check the clock of the machine, then sign in again.',
  token: 'This access token is not meant for Latchkey, or it ran out. Let the issuer give a new one for our audience.',
} satisfies { [Why in NotSignedIn]: string }

/** What is said to a call by HTTP that proves nobody, or whose session may do less. */
export const sessionRefusals = {
  'not-signed-in': ({ why }: Coded<'not-signed-in'>): Text => [notSignedIn[why]],
  'needs-sign-in': ({ hasIssuer }: Coded<'needs-sign-in'>): Text => [
    hasIssuer
      ? 'This session was opened with a code in chat, so it only asks, and fetches and ends your own access. Do this in chat, or sign in with the browser: “latchkey sign-in”.'
      : 'This session was opened with a code in chat, so it only asks, and fetches and ends your own access. Do this in chat.',
  ],
}
