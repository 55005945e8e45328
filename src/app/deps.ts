import type { AccessRequest } from '../domain/access-request.ts'
import type { AuditEvent } from '../domain/audit-event.ts'
import type { LinkConfirm } from '../domain/fetch-link.ts'
import type { Trouble } from '../domain/grant.ts'
import type { GrantId, IntegrationId } from '../domain/ids.ts'
import type { Platform } from '../domain/platform.ts'
import type { MembersOf } from '../domain/routing.ts'
import type { Seconds } from '../domain/time.ts'
import type { ChatPlatform, Clock, Directory, Integrations, Store } from '../ports.ts'
import type { NameOf } from '../views/copy-states.ts'

/** What every use case is given; `build.ts` makes it once. */
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
  /** Between 0 and 1: which planned ends get the thorough proof. */
  readonly random: () => number
  /** Wakes the worker, which finds what is owed in the database. */
  readonly nudge: () => void
  /** What is wrong with a vault right now, if anything is. */
  readonly troubleAt: (integration: IntegrationId) => Trouble | undefined
  readonly log: Log
  readonly settings: Settings
}

/** What discovery needs of them. */
export type DiscoveryDeps = Pick<Deps, 'store' | 'integrations' | 'clock' | 'log' | 'directory' | 'newId' | 'platforms'>

/** What one person may do; more is refused, and refusals beyond theirs are counted. */
export type Limits = {
  readonly openRequests: number
  readonly requestsAnHour: number
  readonly refusalsAnHour: number
  readonly searchesAMinute: number
}

export type Settings = {
  /** Absent: none. */
  readonly limits?: Limits
  /** Where people's browsers reach the fetch page, without a trailing slash. */
  readonly linkBase: string
  readonly linkInMessage: boolean
  readonly linkConfirm: LinkConfirm
  /** A misused link ends the credential that it led to. */
  readonly revokeOnMisuse: boolean
  /** How long a claim holds before somebody else may take the work. */
  readonly claim: Seconds
  /** Longest wait between looks at the database when nothing is known to come due. */
  readonly wake: Seconds
  /** Share of planned ends that are proved by a canary login; early ends always are. */
  readonly provedShare: number
}

/** A constant message with fields; never a view, a payload or a credential. */
export type Log = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export const membersOf =
  ({ directory }: Pick<Deps, 'directory'>): MembersOf =>
  (party) =>
    directory.members(party)

/** Names people for views; whoever has left the directory is named by the key. */
export const nameOf =
  ({ directory }: { readonly directory: Pick<Directory, 'find'> }): NameOf =>
  (id) => {
    const person = directory.find(id)
    return { person: person?.name ?? id, identities: person?.identities ?? [] }
  }

/** The owners of each requirement today. */
export const ownersOf = (deps: Pick<Deps, 'directory'>, request: AccessRequest) =>
  request.requirements.map(({ owners }) => new Set(owners.flatMap(membersOf(deps))))

/** Whether the person may end grants of the request: its owners and the integration's. */
export const isOwner = (
  deps: Pick<Deps, 'directory' | 'integrations'>,
  request: AccessRequest,
  person: string,
): boolean => {
  const integration = deps.integrations.get(request.integration)?.integration
  const parties = [...request.requirements.flatMap(({ owners }) => owners), ...(integration?.owners ?? [])]
  return parties.flatMap(membersOf(deps)).some((member) => member === person)
}

/** Tries anew while somebody else is faster; the decision is made again from what is then true. */
export const untilCommitted = async <T>(attempt: () => Promise<T | 'conflict'>): Promise<T> => {
  for (let tries = 0; tries < 50; tries += 1) {
    const result = await attempt()
    if (result !== 'conflict') return result
  }
  throw new Error('a commit kept conflicting')
}

/** Why nothing can be given or ended at an integration that was taken out of the configuration. */
export const notServed = ({ integration }: Pick<AccessRequest, 'integration'>) =>
  ({ code: 'integration-removed', integration }) as const

/** What an audit row about a grant names. */
export const aboutGrant = ({ integration, id }: Pick<AccessRequest, 'integration' | 'id'>, grant: GrantId) => ({
  integration,
  request: id,
  grant,
})

export const refusalEvent = (
  at: AuditEvent['at'],
  actor: AuditEvent['actor'],
  code: string,
  about: Pick<AuditEvent, 'integration' | 'request' | 'grant'> = {},
): AuditEvent => ({ at, kind: 'refused', actor, ...about, detail: { code } })
