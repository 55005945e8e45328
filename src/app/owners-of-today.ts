import type { AccessRequest } from '../domain/access-request.ts'
import type { Refusal } from '../domain/refusal.ts'
import { allOf, named, standingIn } from '../domain/request-items.ts'
import { routesAt } from '../domain/reroute.ts'
import { keepingOthers, type NoDecider, type Route, routesOf } from '../domain/routing.ts'
import { ExternalError, type Integrations } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'
import { opensMore } from './lent.ts'

/** Today's deciders of each item of a request. */
export type OwnersToday = {
  /** The routes of each item for the request as it is stored now; where they are uncertain, as in that request. */
  readonly routes: (request: AccessRequest) => readonly (readonly Route[])[]
  /** Why a route is uncertain, by the item's position. */
  readonly unsure: ReadonlyMap<number, Unsure>
}
export type Unsure = Extract<Refusal, { code: 'vault-unreachable' | NoDecider }>

type Entry = NonNullable<ReturnType<Integrations['get']>>

/**
 * Reads the owner tags of all remaining items in parallel. The request may be widened meanwhile, so the added owners are
 * kept from the request that the routes are asked for.
 */
export const ownersOfToday = async (deps: Deps, request: AccessRequest, entry: Entry): Promise<OwnersToday> => {
  const unsure = new Map<number, Unsure>()
  const read = new Map<number, readonly Route[]>()
  await Promise.all(
    standingIn(request).map(async (position) => {
      const today = await routesToday(deps, request, position, entry)
      if ('code' in today) unsure.set(position, today)
      else read.set(position, today)
    }),
  )
  const routes = (now: AccessRequest) =>
    allOf(now).map((position) => {
      const before = routesAt(now, position)
      const today = read.get(position)
      return today?.map((each) => keepingOthers(similar(before, each), each, entry.integration)) ?? before
    })
  return { routes, unsure }
}

/** The earlier route that this one may be a widened form of. */
const similar = (before: readonly Route[], { owners }: Route): Route | undefined =>
  before.find((one) => one.by === 'unreachable' && owners.every((party) => one.owners.includes(party)))

const routesToday = async (
  deps: Deps,
  request: AccessRequest,
  position: number,
  { integration, connector }: Entry,
): Promise<readonly Route[] | Unsure> => {
  const item = request.items[position] ?? request.items[0]
  const key = integration.resourceOwner?.key
  try {
    const tag = key === undefined ? undefined : await connector.ownerTag(item, key)
    const isWide = opensMore(connector, item)
    const routes = routesOf(integration, item, tag, request.requester, membersOf(deps), isWide)
    return typeof routes === 'string' ? { code: routes, ...named(item, request.items) } : routes
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.warn({ request: request.id, code: error.code }, 'owner tag could not be read')
    return { code: 'vault-unreachable', trouble: error.code, ...named(item, request.items) }
  }
}
