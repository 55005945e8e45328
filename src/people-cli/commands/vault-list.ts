import { openApi } from '../api/client.ts'
import type { Context } from '../command-line/spec.ts'
import { holdersFrom } from '../grants/for-verb.ts'
import { forget, live, logInTo } from '../grants/log-in.ts'
import type { Credential, Item } from '../safe/content.ts'
import { notSignedIn } from '../session/tokens.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { Forbidden, isAlive } from '../vault/calls.ts'
import { among, byWidth, type Holder, placeOf } from '../vault/choose.ts'
import { isExcepted, isOfSecrets } from '../vault/rights.ts'
import { secretsBeneath } from '../vault/walk.ts'
import type { VaultOptions } from './vault-options.ts'

type Found = { readonly path: string; readonly grant: string; readonly permission: string }

/** Lists every secret that the person has access to: single ones by their access, folders as the vault has them now. */
export const list = async (context: Context, [folder]: readonly string[], options: VaultOptions): Promise<void> => {
  const { io } = context
  const beneath = folder === undefined ? '' : `${folder.replace(/^\/+|\/+$/g, '')}/`
  const holders = await everyLive(context, options)
  if (holders.length === 0) {
    throw new CliError('you have no access here', exitCodes.refused, ['Ask for one with "latchkey request".'])
  }
  // The widest first: a secret is shown with the most that the person may do.
  const parts = holders
    .flatMap((holder) => holder.items.filter(isOfSecrets).map((item) => ({ holder, item })))
    .toSorted((one, other) => byWidth(other.item, one.item))
  const found = new Map<string, Found>()
  let leftOut = 0
  for (const { holder, item } of parts) {
    const paths = (await pathsOf(context, holder, item, beneath)).filter((path) => path.startsWith(beneath))
    const own = paths.filter((path) => !isExcepted(item, path))
    leftOut += paths.length - own.length
    for (const path of own) {
      if (!found.has(path)) found.set(path, { path, grant: holder.grant, permission: item.permission })
    }
  }
  const all = [...found.values()].sort((one, other) => (one.path < other.path ? -1 : 1))
  if (options.json) io.say(JSON.stringify(all))
  else if (all.length > 0) io.say(all.map(({ path }) => path).join('\n'))
  if (all.length === 0) io.note('There are no secrets.')
  if (leftOut > 0) io.note(`${leftOut} more are seen there, but your access leaves them out.`)
}

/** The secrets of one item. Only a folder needs a token, because its names are at the vault. */
const pathsOf = async (
  context: Context,
  holder: Holder | Credential,
  item: Item,
  beneath: string,
): Promise<readonly string[]> => {
  if (item.type === 'secret') return [item.path]
  const start = beneath.startsWith(item.path) ? beneath : item.path
  if (!start.startsWith(beneath)) return []
  const credential =
    'token' in holder ? holder : await logInTo(holder.grant, { ...context, api: await openApi(context.safe) })
  try {
    return await secretsBeneath(credential, placeOf(start, credential.mounts))
  } catch (error) {
    if (!(error instanceof Forbidden) || (await isAlive(credential))) throw error
    await forget(context.safe, holder.grant)
    context.io.note(`The token of access ${holder.grant} no longer works, so ${item.path} is not listed.`)
    return []
  }
}

/** The tokens on this machine, and whatever else Latchkey knows. Without Latchkey, what is here still works. */
const everyLive = async ({ safe, io }: Context, options: VaultOptions): Promise<readonly (Holder | Credential)[]> => {
  const content = await safe.read()
  const here = among(live(content), options)
  if (!content.session && !safe.run) {
    if (here.length === 0) throw notSignedIn('no access is on this machine, and you are not signed in')
    return here
  }
  try {
    const known = among(await holdersFrom(await openApi(safe)), options)
    return known.map((holder) => here.find(({ grant }) => grant === holder.grant) ?? holder)
  } catch (error) {
    if (here.length === 0 || !(error instanceof CliError)) throw error
    io.note(`Only what is on this machine is listed: ${error.message}`)
    return here
  }
}
