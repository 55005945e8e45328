import type { Context } from '../command-line/spec.ts'
import { withAccess } from '../grants/for-verb.ts'
import { quoted } from '../text.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { versionsOf, writeSecret } from '../vault/kv.ts'
import { checkedName, type ValueOptions, valueFrom } from '../vault/value.ts'
import { type VaultOptions, versionIn } from './vault-options.ts'

type Options = VaultOptions & ValueOptions

/** Writes the first version. The vault itself refuses when there is one, also when two people create at once. */
export const create = async (context: Context, [name = '']: readonly string[], options: Options): Promise<void> => {
  const value = await valueFrom(options, context.io)
  const task = { verb: 'create', name: checkedName(name), wanted: options } as const
  const done = await withAccess(context, task, async (access, place, path) => {
    const version = await writeSecret(access, place, value, 0).catch(async (error: unknown) => {
      if (!(error instanceof CliError) || error.exitCode !== exitCodes.conflict) throw error
      const known = await versionsOf(access, place)
      const isDeleted = known?.versions.get(known.current)?.deletedAt !== undefined
      throw new CliError(`${path} exists already`, exitCodes.conflict, [
        ...(isDeleted
          ? [`Its latest version is deleted: "latchkey vault undelete ${quoted(path)}" brings it back.`]
          : []),
        `"latchkey vault update ${quoted(path)}" writes a new version.`,
      ])
    })
    return { path, version }
  })
  answer(context, options, 'Created', done)
}

/** Writes the version after the one that was read, so that nobody else's change is lost. */
export const update = async (context: Context, [name = '']: readonly string[], options: Options): Promise<void> => {
  const expected = versionIn(options)
  const value = await valueFrom(options, context.io)
  const task = { verb: 'update', name: checkedName(name), wanted: options } as const
  const done = await withAccess(context, task, async (access, place, path) => {
    const known = await versionsOf(access, place)
    if (!known || known.current === 0) {
      throw new CliError(`there is no ${path} yet`, exitCodes.notFound, [
        `"latchkey vault create ${quoted(path)}" creates it.`,
      ])
    }
    if (expected !== undefined && expected !== known.current) {
      const message = `version ${known.current} of ${path} has come since version ${expected}`
      throw new CliError(message, exitCodes.conflict)
    }
    return { path, version: await writeSecret(access, place, value, known.current) }
  })
  answer(context, options, 'Updated', done)
}

const answer = (
  { io }: Context,
  { json }: Options,
  verb: string,
  { path, version }: { readonly path: string; readonly version: number },
): void => io.say(json ? JSON.stringify({ path, version }) : `${verb} ${path}: version ${version}.`)
