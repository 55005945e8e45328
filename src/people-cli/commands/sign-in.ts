import { openApi } from '../api/client.ts'
import type { Me } from '../api/types.ts'
import type { Context } from '../command-line/spec.ts'
import { keepSession } from '../session/keep.ts'
import { obtainSession } from '../session/obtain.ts'
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
  if (safe.run)
    throw new CliError(
      'this is a CI job with a token of its own (LATCHKEY_TOKEN), which needs no sign-in',
      exitCodes.usage,
    )
  const before = await safe.read()
  const named = given ?? (io.environment.LATCHKEY_SERVER || before.server)
  if (!named) throw new CliError('name your Latchkey: latchkey sign-in --server https://…', exitCodes.usage)
  const server = serverAddress(named)
  const session = await obtainSession(server, io, { code: code === true, browser })
  await keepSession(safe, server, session)
  const { person, vaults } = await (await openApi(safe)).call<Me>('GET', '/me')
  io.say(`You are signed in as ${person.name}. Vaults: ${vaults.map(({ name }) => name).join(', ') || 'none'}.`)
}
