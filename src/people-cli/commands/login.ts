import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
import { logInTo, redeemLink, serverOf } from '../grants/log-in.ts'
import type { Io } from '../io.ts'
import { ApiError, CliError, exitCodes } from '../trouble.ts'
import { sessionFrom } from './sign-in.ts'

type Options = { readonly grant?: string; readonly browser: boolean }

export const logIn = async (context: Context, _: readonly string[], options: Options): Promise<void> => {
  const { safe, io } = context
  if (options.grant !== undefined) {
    await logInTo(options.grant, { ...context, api: await openApi(safe) })
    return
  }
  const link = await linkFrom(io)
  const server = serverOf(link)
  const content = await safe.read()
  const api = content.session && content.server === server ? await openApi(safe) : undefined
  try {
    await redeemLink(link, { ...context, api })
  } catch (error) {
    if (!needsSignIn(error)) throw error
    io.note('This link is given only to whoever signs in now.')
    const session = await sessionFrom(server, context, { code: false, browser: options.browser })
    await safe.update(({ credentials }) => ({ server, session, credentials }))
    await redeemLink(link, { ...context, api: await openApi(safe) })
  }
}

const signInCodes: ReadonlySet<string> = new Set(['sign-in-needed', 'needs-sign-in', 'needs-fresh-sign-in'])

/** Latchkey asks for a sign-in, or for a fresh one. */
const needsSignIn = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 401 || signInCodes.has(error.code))

/** The link is a credential: it is neither shown nor an argument, which other programs on the machine could see. */
const linkFrom = async (io: Io): Promise<string> => {
  const typed = io.isAsked() ? await io.ask('Link (not shown): ', { isHidden: true }) : await io.input()
  const link = (typed ?? '').trim()
  if (link === '') throw new CliError('no link came', exitCodes.usage)
  return link
}
