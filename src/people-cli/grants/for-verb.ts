import { type Api, openApi } from '../api/client.ts'
import type { Grant, Me } from '../api/types.ts'
import type { Io } from '../io.ts'
import type { Credential } from '../safe/content.ts'
import type { Safe } from '../safe/safe.ts'
import { notSignedIn } from '../session/tokens.ts'
import { CliError, exitCodes } from '../trouble.ts'
import { Forbidden, isAlive } from '../vault/calls.ts'
import { among, type Holder, narrowestFirst, pathsOf, placeOf, type Wanted } from '../vault/choose.ts'
import { cureFor } from '../vault/cure.ts'
import type { Place } from '../vault/kv.ts'
import type { Verb } from '../vault/rights.ts'
import { forget, live, logInTo } from './log-in.ts'

export type Tools = { readonly safe: Safe; readonly io: Io }
type Task = { readonly verb: Verb; readonly name: string; readonly wanted: Wanted }

/**
 * Does something to a secret with the narrowest access that permits it. An access that is live but not on this machine is
 * logged in to first. A token that has ended is forgotten, and the next one is tried.
 */
export const withAccess = async <T>(
  tools: Tools,
  { verb, name, wanted }: Task,
  work: (access: Credential, place: Place, path: string) => Promise<T>,
): Promise<T> => {
  const here = among(live(await tools.safe.read()), wanted)
  const path = onlyPath(name, here)
  const [choice] = path === undefined ? [] : narrowestFirst(here, verb, path)
  if (!choice || path === undefined) return withAccessFromAfar(tools, { verb, name, wanted }, work)
  const { holder } = choice
  try {
    return await work(holder, placeOf(path, holder.mounts), path)
  } catch (error) {
    if (!(error instanceof Forbidden)) throw error
    if (await isAlive(holder))
      throw withMore(error, await cureFor(tools, verb, path, holder.vault?.name ?? wanted.vaultId))
    await forget(tools.safe, holder.grant)
    return withAccess(tools, { verb, name, wanted }, work)
  }
}

/** Looks at Latchkey for a live access that permits it. */
const withAccessFromAfar = async <T>(
  tools: Tools,
  { verb, name, wanted }: Task,
  work: (access: Credential, place: Place, path: string) => Promise<T>,
): Promise<T> => {
  const { session } = await tools.safe.read()
  if (!session && !tools.safe.run)
    throw notSignedIn('no access on this machine permits this, and you are not signed in')
  const api = await openApi(tools.safe)
  const all = among(await holdersFrom(api), wanted)
  const path = onlyPath(name, all)
  const [choice] = path === undefined ? [] : narrowestFirst(all, verb, path)
  if (!choice || path === undefined) {
    const what = path ?? name
    throw new CliError(`none of your access permits to ${verb} ${what}`, exitCodes.refused, [
      ...(await cureFor(tools, verb, what, all[0]?.vault?.name ?? wanted.vaultId)),
    ])
  }
  const credential = await logInTo(choice.holder.grant, { ...tools, api })
  return work(credential, placeOf(path, credential.mounts), path)
}

/** The person's live access, whether or not its token is on this machine. */
export const holdersFrom = async (api: Api): Promise<readonly Holder[]> => {
  const [{ vaults }, grants] = await Promise.all([api.call<Me>('GET', '/me'), api.all<Grant>('/grants?which=mine')])
  return grants
    .filter(({ state }) => state === 'active')
    .map(({ id, vault: vaultId, items, expiresAt = '', usage }) => {
      const vault = vaults.find((one) => one.id === vaultId)
      return {
        ...{ grant: id, vault: { id: vaultId, name: vault?.name ?? vaultId }, address: usage?.address ?? '', items },
        mounts: (vault?.mounts ?? []).map((mount) => mount.replace(/\/$/, '')),
        until: Date.parse(expiresAt),
      }
    })
}

/** The one complete path that a name means here; `undefined` where it means none. Several are listed. */
const onlyPath = (name: string, holders: readonly Holder[]): string | undefined => {
  const [first, ...others] = pathsOf(name, holders)
  if (others.length === 0) return first
  throw new CliError(`${name} can mean several secrets: name the mount`, exitCodes.usage, [first ?? '', ...others])
}

const withMore = (error: CliError, more: readonly string[]): CliError =>
  new CliError(error.message, error.exitCode, more)
