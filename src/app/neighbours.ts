import { followerOf } from '../domain/extension.ts'
import type { Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'

/** The access that this one extends, and its own extension that waits or is live. */
export type Neighbours = { readonly extended?: Loaded; readonly follower?: Loaded }

/** The neighbours of an access in time. */
export const neighboursOf = async ({ store }: Pick<Deps, 'store'>, { request, grant }: Loaded): Promise<Neighbours> => {
  const extended = request.extends && (await store.requestOfGrant(request.extends))
  const follower = grant && followerOf(grant, await store.extensionsOf(grant.id))
  return { ...(extended && { extended }), ...(follower && { follower }) }
}
