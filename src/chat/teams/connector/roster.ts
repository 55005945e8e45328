import type { Identity, Reach } from '../../../domain/card.ts'
import { accept, type Refusal, refuse } from '../../../domain/refusal.ts'
import { ExternalError } from '../../../ports.ts'
import type { AskPlatform } from '../../conversation/admission.ts'
import type { TeamsSettings } from '../settings.ts'
import type { Connector, Member } from './connector.ts'
import type { Conversations } from './conversations.ts'
import { unreachable } from './errors.ts'
import type { References } from './references.ts'

type RosterDeps = {
  readonly settings: Pick<TeamsSettings, 'tenants'>
  readonly connector: Pick<Connector, 'member'>
  readonly conversations: Conversations
  readonly references: Pick<References, 'of' | 'actedIn'>
}

type Objection = Extract<Refusal, { code: 'not-admitted' }>['why']

/**
 * Asks Teams whether an account is an ordinary one today: the roster of the personal conversation says so. For somebody
 * without the app of their own, the roster of the channel in which they act says it.
 *
 * | Teams says | answer |
 * | --- | --- |
 * | a member of a served tenant with the role `user` | admitted |
 * | the role `guest` or `anonymous`; without a role, a guest's address | a guest |
 * | a member of another tenant than the one in which they act, or another object id | external |
 * | no such member | deactivated: Entra removed or disabled the account |
 * | nobody of this account ever acted here | admitted: nothing is known, and nothing was given to it |
 * | the app is removed or blocked, or no answer | an `ExternalError`: a person could hide so that they became a guest |
 */
export const askTeams =
  (deps: RosterDeps): AskPlatform =>
  async (identity) => {
    if (!deps.settings.tenants.includes(identity.tenant))
      return refuse({ code: 'not-admitted', why: 'other-workspace' })
    const member = await memberOf(deps, identity)
    if (member === undefined) return accept(undefined)
    const why = member === 'nobody' ? 'deactivated' : objection(member, identity)
    return why ? refuse({ code: 'not-admitted', why }) : accept(undefined)
  }

const objection = (member: Member, { tenant, subject }: Identity): Objection | undefined => {
  if (isGuest(member)) return 'guest'
  const { tenantId, aadObjectId, objectId } = member
  // In a conversation of another served tenant, one account would have a second name.
  if (tenantId !== undefined && tenantId.toLowerCase() !== tenant) return 'external'
  const id = aadObjectId ?? objectId
  return id === undefined || id.toLowerCase() === subject ? undefined : 'external'
}

/** Entra gives each guest an address with `#EXT#`; some ordinary members of other origin have it, too, and a role. */
export const isGuest = ({
  userRole,
  userPrincipalName = '',
}: Pick<Member, 'userRole' | 'userPrincipalName'>): boolean =>
  userRole === undefined ? /#EXT#/i.test(userPrincipalName) : /^(?:guest|anonymous)$/i.test(userRole)

/** The account in the roster; `nobody` for one that is gone, undefined for one that has never acted here. */
export const memberOf = async (
  { references, conversations, connector }: RosterDeps,
  identity: Identity,
): Promise<Member | 'nobody' | undefined> => {
  const reference = await references.of(identity)
  if (!reference) return undefined
  try {
    return await connector.member(await conversations.of(reference), reference.user)
  } catch (error) {
    if (!(error instanceof ExternalError) || error.transient) throw error
    if (error.code === 'MemberNotFoundInConversation') return 'nobody'
    conversations.forget(reference)
    const shared = references.actedIn(identity)
    if (!shared) throw error
    // In a channel without the person, nothing is known.
    return connector.member(shared, reference.user).catch(() => Promise.reject(error))
  }
}

/** How Teams calls the person of an account. */
export const fullNameOf =
  (deps: RosterDeps) =>
  async (identity: Identity): Promise<string | undefined> => {
    const member = await memberOf(deps, identity)
    return member === 'nobody' ? undefined : member?.name
  }

/** Microsoft's limit for a team is 25,000 members. */
const mostPages = 50

/**
 * Who reads along in a channel: `inside` only if the roster names each member as an ordinary one of a served tenant.
 * Without the right to ask, or with members of whom it says too little, it is unknown.
 */
export const reachOf = async (
  { settings: { tenants }, connector, serviceUrl }: ReachDeps,
  channel: string,
): Promise<Reach> => {
  let all: Reach = 'unknown'
  let from: string | undefined
  try {
    for (let pages = 0; pages < mostPages; pages += 1) {
      const { members, next } = await connector.members({ serviceUrl, conversation: channel }, from)
      const reaches = members.map((member) => reachOfMember(member, tenants))
      if (reaches.includes('outside')) return 'outside'
      if (reaches.includes('unknown')) all = 'unknown'
      else if (pages === 0 && reaches.length > 0) all = 'inside'
      if (next === undefined) return all
      from = next
    }
    return 'unknown'
  } catch (error) {
    if (unreachable(error, 'channel')) return 'unknown'
    throw error
  }
}

type ReachDeps = Pick<RosterDeps, 'settings'> & {
  readonly connector: Pick<Connector, 'members'>
  readonly serviceUrl: string
}

const reachOfMember = (member: Member, tenants: readonly string[]): Reach => {
  const { userRole, tenantId } = member
  if (isGuest(member) || (tenantId !== undefined && !tenants.includes(tenantId.toLowerCase()))) return 'outside'
  return userRole === undefined || tenantId === undefined ? 'unknown' : 'inside'
}
