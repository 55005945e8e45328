import { setTimeout as delay } from 'node:timers/promises'
import type { Caveat } from '../../domain/caveat.ts'
import type { Resource } from '../../domain/resource.ts'
import { vaultCalls } from './calls.ts'
import { quickly, type VaultContext } from './context.ts'
import { resourceTypeOf, splitPath } from './resource-types.ts'
import { caveatsOfRole } from './role-caveats.ts'

type Of = Pick<Resource, 'type' | 'path'> & { readonly permission?: string }

const limit = 1000 // a person looks at the form, and a card waits

/**
 * What makes the resource hardly useful now: its newest version is deleted, or the key cannot do what is asked. Empty
 * when the vault, or the bot's login, does not answer within the limit.
 */
export const caveats = async (context: VaultContext, of: Of): Promise<readonly Caveat[]> => {
  const over = new AbortController()
  try {
    return await Promise.race([ask(context, of), delay(limit, [], { signal: over.signal })])
  } finally {
    over.abort()
  }
}

const ask = async (context: VaultContext, { type, path, permission }: Of): Promise<readonly Caveat[]> => {
  const kind = resourceTypeOf(type)
  const place = kind && splitPath(path, context.mounts[kind.engine])
  if (!place || kind.covers === 'beneath') return []
  const calls = vaultCalls(quickly(context.send, limit))
  if (kind.engine === 'kv') {
    const state = await calls.newestVersion(place.mount, place.path, context.clock.now())
    return state === undefined || state === 'readable' ? [] : [state]
  }
  if (kind.engine !== 'transit') return caveatsOfRole(context, calls, kind.engine, place, permission)
  const fits = permission === undefined ? undefined : kind.permissions.get(permission)?.fits
  if (!fits || !(await context.rights()).has('key-types')) return []
  const key = await calls.readKey(place.mount, place.path)
  return key && !fits(key) ? ['key-cannot'] : []
}
