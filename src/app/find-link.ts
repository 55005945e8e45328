import { type AuditEvent, byPerson } from '../domain/audit-event.ts'
import type { Usage } from '../domain/credential.ts'
import type { FetchLink } from '../domain/fetch-link.ts'
import type { Grant } from '../domain/grant.ts'
import type { Lent } from '../domain/lent.ts'
import type { Timestamp } from '../domain/time.ts'
import { isFetched } from '../domain/workload.ts'
import type { Connector, Loaded } from '../ports.ts'
import { aboutGrant, type Deps } from './deps.ts'
import { lentOf } from './lent.ts'
import { mayHold } from './may-hold.ts'
import { usageOf } from './orders.ts'

/** The page's information about the access of a link. */
export type Shown = {
  readonly items: readonly { readonly path: string; readonly permission: string; readonly type: string }[]
  readonly until: Timestamp
  readonly integration: string
  readonly accessDetails?: string
  /** The administrator's policies that are lent, and what they open besides. */
  readonly lent?: Lent
  /** The vault opens its tokens only where they are used, so the page offers no look at one. */
  readonly isRevealedHere?: false
  /** Where a workload logs in by itself: how. */
  readonly usage?: Usage
}
/** An existing link, in any state of it and its access. */
export type Found = { readonly link: FetchLink; readonly loaded: Loaded }
/** A link whose access can be fetched. */
export type Live = LiveGrant & Found
/** An access that can be fetched. */
export type LiveGrant = {
  readonly loaded: Loaded
  readonly grant: Grant & { readonly state: 'active' }
  readonly connector: Connector
  readonly what: Shown
}

/** The link of a nonce. */
export const findLink = async (deps: Deps, nonce: string): Promise<Found | undefined> => {
  const link = await deps.store.link({ hash: deps.hash(nonce) })
  const loaded = link && (await deps.store.requestOfGrant(link.grant))
  return loaded && { link, loaded }
}

/** Everything behind a link, while its grant is active and its person may hold it. */
export const liveOf = (deps: Deps, { link, loaded }: Found): Live | undefined => {
  const live = liveGrantOf(deps, loaded)
  return live && { link, ...live }
}

/** The access, while it is active and its person may hold it. */
export const liveGrantOf = (deps: Deps, loaded: Loaded): LiveGrant | undefined => {
  const entry = deps.integrations.get(loaded.request.integration)
  const { grant } = loaded
  if (!entry || grant?.state !== 'active' || grant.expiresAt <= deps.clock.now()) return undefined
  if (!mayHold(deps, loaded)) return undefined
  const { integration, connector } = entry
  const { accessDetails } = integration
  const lent = lentOf(deps, loaded)
  const what: Shown = {
    items: grant.items.map(({ path, permission, type }) => ({ path, permission, type })),
    until: grant.expiresAt,
    integration: integration.id,
    ...(accessDetails && { accessDetails }),
    ...(lent && { lent }),
    ...(connector.reveals === false && { isRevealedHere: false }),
    ...(!isFetched(grant.workload) && { usage: usageOf(connector, grant) }),
  }
  return { loaded, grant, connector, what }
}

/** An audit event about the link, by its person unless another actor is given. */
export const linkEvent = (
  { link, loaded: { request } }: Found,
  at: Timestamp,
  kind: AuditEvent['kind'],
  detail: AuditEvent['detail'] = {},
  actor: AuditEvent['actor'] = byPerson(link.person),
): AuditEvent => ({
  ...{ at, kind, actor, ...aboutGrant(request, link.grant) },
  detail: { link: link.id, ...detail },
})
