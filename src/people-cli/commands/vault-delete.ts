import type { Context } from '../command-line/spec.ts'
import { withAccess } from '../grants/for-verb.ts'
import { confirmed } from '../io.ts'
import type { Credential } from '../safe/content.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { type Place, setDeleted, type Version, versionsOf } from '../vault/kv.ts'
import { checkedName } from '../vault/value.ts'
import { type VaultOptions, versionIn } from './vault-options.ts'

type Options = VaultOptions & { readonly yes?: boolean }

export const remove = async (context: Context, [name = '']: readonly string[], options: Options): Promise<void> => {
  const wanted = versionIn(options)
  const task = { verb: 'delete', name: checkedName(name), wanted: options } as const
  const done = await withAccess(context, task, async (access, place, path) => {
    const { version, deletedAt, isDestroyed } = await existing(access, place, path, wanted)
    if (deletedAt !== undefined || isDestroyed) {
      throw new CliError(`version ${version} of ${path} is deleted already`, exitCodes.notFound)
    }
    await confirmed(context.io, `Delete version ${version} of ${path}?`, options.yes)
    const after = await setDeleted(access, place, { version, isDeleted: true })
    if (after?.deletedAt === undefined && !after?.isDestroyed) throw unproved(path, version, 'deleted')
    return { path, version }
  })
  answer(context, options, 'Deleted', done)
}

export const restore = async (context: Context, [name = '']: readonly string[], options: Options): Promise<void> => {
  const wanted = versionIn(options)
  const task = { verb: 'undelete', name: checkedName(name), wanted: options } as const
  const done = await withAccess(context, task, async (access, place, path) => {
    const { version, deletedAt, isDestroyed } = await existing(access, place, path, wanted)
    if (isDestroyed) {
      throw new CliError(`version ${version} of ${path} was destroyed; nothing brings it back`, exitCodes.notFound)
    }
    if (deletedAt === undefined) throw new CliError(`version ${version} of ${path} is not deleted`, exitCodes.conflict)
    const after = await setDeleted(access, place, { version, isDeleted: false })
    if (!after || after.deletedAt !== undefined) throw unproved(path, version, 'brought back')
    return { path, version }
  })
  answer(context, options, 'Brought back', done)
}

const existing = async (access: Credential, place: Place, path: string, wanted?: number): Promise<Version> => {
  const known = await versionsOf(access, place)
  const version = known?.versions.get(wanted ?? known.current)
  if (version) return version
  throw new CliError(`there is no ${wanted === undefined ? '' : `version ${wanted} of `}${path}`, exitCodes.notFound)
}

/** The vault said yes, and its metadata say otherwise. */
const unproved = (path: string, version: number, verb: string): CliError =>
  new CliError(`the vault did not refuse, but version ${version} of ${path} was not ${verb}`)

const answer = (
  { io }: Context,
  { json }: Options,
  verb: string,
  { path, version }: { readonly path: string; readonly version: number },
): void => io.say(json ? JSON.stringify({ path, version }) : `${verb}: version ${version} of ${path}.`)
