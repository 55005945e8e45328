import type { AccessRequest } from '../domain/access-request.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { LinkConfirm } from '../domain/fetch-link.ts'
import type { Trouble } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import type { Party } from '../domain/integration.ts'
import type { OperatorRule } from '../domain/operator-role.ts'
import type { Platform } from '../domain/platform.ts'
import { itemsOf, standingIn } from '../domain/request-items.ts'
import type { MembersOf } from '../domain/routing.ts'
import type { Seconds } from '../domain/time.ts'
import type { ChatPlatform, Clock, Directory, Integrations, Loaded, Store } from '../ports.ts'
import type { NameOf } from '../views/copy-states.ts'

/** The dependencies of every use case; `build.ts` creates them once. */
export type Deps = {
  readonly store: Store
  readonly directory: Directory
  readonly integrations: Integrations
  readonly platforms: ReadonlyMap<Platform, ChatPlatform>
  readonly clock: Clock
  /** 128 random bits, in lower case letters and digits. */
  readonly newId: () => string
  /** 256 random bits, base64url: for links and cookies. */
  readonly newNonce: () => string
  /** SHA-256, hex. */
  readonly hash: (text: string) => string
  /** Between 0 and 1: selects the planned ends with a thorough proof. */
  readonly random: () => number
  /** Wakes the worker, which finds due work in the database. */
  readonly nudge: () => void
  /** The present trouble of a vault, if there is any. */
  readonly troubleAt: (integration: IntegrationId) => Trouble | undefined
  readonly log: Log
  readonly settings: Settings
}

/** The dependencies of discovery. */
export type DiscoveryDeps = Pick<Deps, 'store' | 'integrations' | 'clock' | 'log' | 'directory' | 'newId' | 'platforms'>

/** Limits for one person. More is refused, and refusals beyond the limit are only counted. */
export type Limits = {
  readonly openRequests: number
  readonly requestsAnHour: number
  readonly refusalsAnHour: number
  readonly searchesAMinute: number
  /** Calls of the API. */
  readonly callsAMinute: number
}

export type Settings = {
  /** Who may read the audit log by API. */
  readonly auditors?: readonly Party[]
  /** Who holds which role of an operator. Absent: whoever may open the socket does everything there. */
  readonly operators?: readonly OperatorRule[] | undefined
  /** Absent: no limits. */
  readonly limits?: Limits
  /** The address of the fetch page for people's browsers, without a trailing slash. */
  readonly linkBase: string
  readonly linkInMessage: boolean
  readonly linkConfirm: LinkConfirm
  /** Whether people can prove who they are in a browser. Links may still need no sign-in. */
  readonly hasIssuer?: boolean
  /** Whether people who sign in at the issuer may also let a terminal in by typing its code on our page. */
  readonly hasDeviceCode?: boolean
  /** Whether a misused link ends its credential. */
  readonly revokeOnMisuse: boolean
  /** How long a claim lasts before another step may take the work. */
  readonly claim: Seconds
  /** The longest wait between two looks at the database when nothing is known to be due. */
  readonly wake: Seconds
  /** How often new secrets of other owners are looked for beneath folders. */
  readonly lookEvery?: Seconds
  /** How long finished records are kept, and what people wrote may not be erased; 400 days by default. */
  readonly keep?: Seconds
  /** The share of planned ends that are proved by a test login; early ends always are. */
  readonly provedShare: number
}

/** A constant message with fields; never a view, a payload or a credential. */
export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const membersOf =
  ({ directory }: { readonly directory: Pick<Directory, 'members'> }): MembersOf =>
  (party) =>
    directory.members(party)

/** Names people for views; a person who has left the directory is named by the key. */
export const nameOf =
  ({ directory }: { readonly directory: Pick<Directory, 'find'> }): NameOf =>
  (id) => {
    const person = directory.find(id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  }

/** Whether a text may leave out the integration, because only this one is configured. */
export const isOnlyVault = ({ integrations }: Pick<Deps, 'integrations'>, id: IntegrationId): boolean =>
  integrations.size === 1 && integrations.has(id)

/** Today's owners of each requirement. */
export const ownersOf = (deps: Pick<Deps, 'directory'>, request: AccessRequest) =>
  request.requirements.map(({ owners }) => new Set(owners.flatMap(membersOf(deps))))

/** Whether the person may end the grant: the owners of any given item may, and the integration's. */
export const isOwner = (
  deps: Pick<Deps, 'directory' | 'integrations'>,
  { request, grant }: Loaded,
  person: string,
): boolean => {
  const given = grant && standingIn(request)
  const own = request.requirements.filter(
    (each) => !given || itemsOf(request, each).some((position) => given.includes(position)),
  )
  const integration = deps.integrations.get(request.integration)?.integration
  const parties = [...own.flatMap(({ owners }) => owners), ...(integration?.owners ?? [])]
  return parties.flatMap(membersOf(deps)).some((member) => member === person)
}

/** Retries after a conflict with a faster change, and decides again with the new state. */
export const untilCommitted = async <T>(attempt: () => Promise<T | 'conflict'>): Promise<T> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const result = await attempt()
    if (result !== 'conflict') return result
  }
  throw new Error('a commit kept conflicting')
}

/** The refusal for an integration that is no longer configured: nothing there can be given or ended. */
export const notServed = ({ integration }: Pick<AccessRequest, 'integration'>) =>
  ({ code: 'integration-removed', integration }) as const

/** The fields with which an audit row names a grant. */
export const aboutGrant = ({ integration, id }: Pick<AccessRequest, 'integration' | 'id'>, grant: GrantId) => ({
  integration,
  request: id,
  grant,
})

export const refusalEvent = (
  at: AuditEvent['at'],
  actor: AuditEvent['actor'],
  code: string,
  { detail, ...about }: Partial<Pick<AuditEvent, 'integration' | 'request' | 'grant' | 'detail'>> = {},
): AuditEvent => ({ at, kind: 'refused', actor, ...about, detail: { code, ...detail } })
