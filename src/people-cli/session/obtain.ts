import type { Io } from '../io.ts'
import type { Session } from '../safe/content.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'

/** Signs the person in, in the way that this Latchkey has: by the browser where there is an issuer, else by a code. */
export const obtainSession = async (
  server: string,
  io: Io,
  { code, browser }: { readonly code: boolean; readonly browser: boolean },
): Promise<Session> => {
  const { hasBrowserSignIn, signInByBrowser, signInByCode, startByCode } = await import('./sign-in.ts')
  const { newKey } = await import('./dpop.ts')
  const key = newKey()
  const started = await startByCode(server, key).catch(async (error: unknown) => {
    // Too many codes lately, perhaps by others at this address: where there is an issuer, the browser needs none.
    if (!(error instanceof ApiError && error.status === 429) || code) throw error
    if (await hasBrowserSignIn(server)) return undefined
    throw error
  })
  const isByBrowser = started === undefined || (started.verification_uri !== undefined && !code)
  if (!isByBrowser) return signInByCode(server, key, started, io)
  if (code) throw new CliError('this Latchkey signs terminals in by the browser only', exitCodes.refused)
  return signInByBrowser(server, key, io, browser)
}
