import { createHash, randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { callAnonymously } from '../api/client.ts'
import { send } from '../http.ts'
import type { Io } from '../io.ts'
import type { PrivateKey, Session } from '../safe/content.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import { openBrowser } from './browser.ts'
import { publicOf, thumbprintOf } from './dpop.ts'
import { listenForReturn } from './loopback.ts'
import { askForTokens, TokenError } from './tokens.ts'

/** Signs in with the browser: Latchkey proves there who the person is, and the browser returns to this machine. */
export const signInByBrowser = async (server: string, key: PrivateKey, io: Io, opens: boolean): Promise<Session> => {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const loopback = await listenForReturn(state)
  try {
    const query = new URLSearchParams({
      ...{ code_challenge: createHash('sha256').update(verifier).digest('base64url'), state },
      ...{ port: String(loopback.port), key: thumbprintOf(key), host: hostname() },
    })
    const address = `${server}/terminal/authorize?${query}`
    const isOpen = opens && (await openBrowser(address, io))
    io.note(isOpen ? 'Sign in in your browser. If none opened, open:' : 'Open in a browser on this machine:')
    io.note(`  ${address}`)
    const { code } = await loopback.returned()
    return await askForTokens(server, key, { grant_type: 'authorization_code', code, code_verifier: verifier })
  } finally {
    loopback.close()
  }
}

/** Whether this Latchkey has the page that lets terminals in. To a call without a wish it answers 400; others, 404. */
export const hasBrowserSignIn = async (server: string): Promise<boolean> =>
  (await send({ origin: server, path: '/terminal/authorize' })).status === 400

/** A code that the person types in their own chat, or on Latchkey's page. */
export type Started = {
  readonly id: string
  readonly code: string
  readonly expires_in: number
  readonly interval?: number
  readonly verification_uri?: string
}

/** Asks for a code; `undefined` where this Latchkey signs terminals in by the browser. */
export const startByCode = async (server: string, key: PrivateKey): Promise<Started | undefined> => {
  const body = { key: publicOf(key), host: hostname() }
  try {
    return await callAnonymously<Started>(server, 'POST', '/sessions/start', body)
  } catch (error) {
    if (error instanceof ApiError && error.code === 'sign-in-by-browser') return undefined
    throw error
  }
}

/** Shows the code, and asks again until the person has confirmed it there. */
export const signInByCode = async (server: string, key: PrivateKey, started: Started, io: Io): Promise<Session> => {
  const { id, code, expires_in, interval = 2, verification_uri: page } = started
  io.note(page === undefined ? `Type in your chat:  /vault terminal ${code}` : `Type ${code} at ${page}`)
  io.note(`The code is valid for ${Math.round(expires_in / 60)} minutes. Check that the question names ${hostname()}.`)
  const deadline = Date.now() + expires_in * 1000
  let pause = interval
  while (Date.now() < deadline) {
    await delay(pause * 1000)
    try {
      return await askForTokens(server, key, { grant_type: 'device_code', id })
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      if (error.error === 'slow_down') pause += 5
      else if (error.error !== 'authorization_pending') throw new CliError(error.message, exitCodes.notGiven)
    }
  }
  throw new CliError('the code was not used in time', exitCodes.notGiven)
}
