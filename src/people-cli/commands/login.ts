import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
import { live, logInTo, redeemLink, serverOf } from '../grants/log-in.ts'
import { confirmed, type Io } from '../io.ts'
import type { Content } from '../safe/content.ts'
import { CliError, exitCodes } from '../trouble.ts'

type Options = { readonly grant?: string; readonly browser: boolean; readonly yes?: boolean }

export const logIn = async (
  context: Context,
  _: readonly string[],
  { grant, browser, yes }: Options,
): Promise<void> => {
  const { safe, io } = context
  if (grant !== undefined) {
    await logInTo(grant, { ...context, api: await openApi(safe), browser })
    return
  }
  const link = await linkFrom(io)
  const server = serverOf(link)
  const content = await safe.read()
  if (isBusyElsewhere(content, server)) {
    const question = `This machine has access from ${content.server}. Forget it, and turn to ${server}?`
    await confirmed(io, question, yes)
  }
  const api = content.session && content.server === server ? await openApi(safe) : undefined
  await redeemLink(link, { ...context, api, browser })
}

/** A link is from whoever sent it: it replaces a session or tokens of another server only when the person says so. */
const isBusyElsewhere = (content: Content, server: string): boolean =>
  content.server !== undefined &&
  content.server !== server &&
  (content.session !== undefined || live(content).length > 0)

/** The link is a credential: it is neither shown nor an argument, which other programs on the machine could see. */
const linkFrom = async (io: Io): Promise<string> => {
  const typed = io.isAsked() ? await io.ask('Link (not shown): ', { isHidden: true }) : await io.input()
  const link = (typed ?? '').trim()
  if (link === '') throw new CliError('no link came', exitCodes.usage)
  return link
}
