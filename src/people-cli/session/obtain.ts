import type { Io } from '../io.ts'
import type { Session } from '../safe/content.ts'
import { CliError, exitCodes } from '../trouble.ts'

/** Signs the person in, in the way that this Latchkey has: by the browser where there is an issuer, else by a code. */
export const obtainSession = async (
  server: string,
  io: Io,
  { code, browser }: { readonly code: boolean; readonly browser: boolean },
): Promise<Session> => {
  const { signInByBrowser, signInByCode, startByCode } = await import('./sign-in.ts')
  const { newKey } = await import('./dpop.ts')
  const key = newKey()
  const started = await startByCode(server, key)
  const isByBrowser = started === undefined || (started.verification_uri !== undefined && !code)
  if (!isByBrowser) return signInByCode(server, key, started, io)
  if (code) throw new CliError('this Latchkey signs terminals in by the browser only', exitCodes.refused)
  return signInByBrowser(server, key, io, browser)
}
