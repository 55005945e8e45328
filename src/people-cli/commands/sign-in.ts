import { openApi } from '../api/client.ts'
import type { Me } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import type { Session } from '../safe/content.ts'
import { serverAddress } from '../session/server.ts'
import { CliError, exitCodes } from '../trouble.ts'

type Options = { readonly server?: string; readonly code?: boolean; readonly browser: boolean }

/** Signs in, and keeps the session on this machine. A session that was there before is replaced. */
export const signIn = async (
  context: Context,
  _: readonly string[],
  { server: given, code, browser }: Options,
): Promise<void> => {
  const { io, safe } = context
  const before = await safe.read()
  const named = given ?? (io.environment.LATCHKEY_SERVER || before.server)
  if (!named) throw new CliError('name your Latchkey: latchkey sign-in --server https://…', exitCodes.usage)
  const server = serverAddress(named)
  const session = await sessionFrom(server, context, { code: code === true, browser })
  await safe.update((content) => ({
    ...{ server, session },
    credentials: content.server === server || content.server === undefined ? content.credentials : [],
  }))
  const { person, vaults } = await (await openApi(safe)).call<Me>('GET', '/me')
  io.say(`You are signed in as ${person.name}. Vaults: ${vaults.map(({ name }) => name).join(', ') || 'none'}.`)
}

/** Imported by `login` as well, where a link needs a fresh sign-in. */
export const sessionFrom = async (
  server: string,
  { io }: Context,
  { code, browser }: { readonly code: boolean; readonly browser: boolean },
): Promise<Session> => {
  const { signInByBrowser, signInByCode, startByCode } = await import('../session/sign-in.ts')
  const { newKey } = await import('../session/dpop.ts')
  const key = newKey()
  const started = await startByCode(server, key)
  const isByBrowser = started === undefined || (started.verification_uri !== undefined && !code)
  if (!isByBrowser) return signInByCode(server, key, started, io)
  if (code) throw new CliError('this Latchkey signs terminals in by the browser only', exitCodes.refused)
  return signInByBrowser(server, key, io, browser)
}
