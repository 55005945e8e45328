import type { Context } from '../command-line/spec.ts'
import { withAccess } from '../grants/for-verb.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { fetchSecret } from '../vault/kv.ts'
import { checkedName } from '../vault/value.ts'
import { type VaultOptions, versionIn } from './vault-options.ts'

export const fetch = async (
  context: Context,
  [name = '']: readonly string[],
  options: VaultOptions & { readonly field?: string },
): Promise<void> => {
  const { io } = context
  const version = versionIn(options)
  const task = { verb: 'fetch', name: checkedName(name), wanted: options } as const
  const { data, path, ...about } = await withAccess(context, task, async (access, place, path) => ({
    path,
    ...(await fetchSecret(access, place, version)),
  }))
  if (options.field !== undefined) {
    if (!Object.hasOwn(data, options.field)) {
      throw new CliError(`${path} has no field ${options.field}`, exitCodes.notFound)
    }
    const value = data[options.field]
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    return io.write(io.isShown ? `${text}\n` : text)
  }
  const shown = options.json ? { path, version: about.version, createdAt: about.createdAt, data } : data
  io.say(JSON.stringify(shown, null, 2))
}
