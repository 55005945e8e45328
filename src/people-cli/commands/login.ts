import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
import { logInTo, redeemLink, serverOf } from '../grants/log-in.ts'
import type { Io } from '../io.ts'
import { CliError, exitCodes } from '../trouble.ts'

type Options = { readonly grant?: string; readonly browser: boolean }

export const logIn = async (context: Context, _: readonly string[], { grant, browser }: Options): Promise<void> => {
  const { safe, io } = context
  if (grant !== undefined) {
    await logInTo(grant, { ...context, api: await openApi(safe), browser })
    return
  }
  const link = await linkFrom(io)
  const server = serverOf(link)
  const content = await safe.read()
  const api = content.session && content.server === server ? await openApi(safe) : undefined
  await redeemLink(link, { ...context, api, browser })
}

/** The link is a credential: it is neither shown nor an argument, which other programs on the machine could see. */
const linkFrom = async (io: Io): Promise<string> => {
  const typed = io.isAsked() ? await io.ask('Link (not shown): ', { isHidden: true }) : await io.input()
  const link = (typed ?? '').trim()
  if (link === '') throw new CliError('no link came', exitCodes.usage)
  return link
}
