import type { Identity } from '../../domain/card.ts'
import type { GrantId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal, refuse } from '../../domain/refusal.ts'
import type { Person } from '../../ports.ts'
import type { Clients } from './clients.ts'
import { calling } from './errors.ts'
import type { Origin } from './payload.ts'
import { type SlackDeps, slackName } from './settings.ts'

/** Whoever acted, known to the directory. */
export type Caller = { readonly person: Person; readonly identity: Identity }

/** The identity behind a delivery: user ids are unique in a Grid organisation, else in a workspace. */
export const identityOf = ({ team, enterprise, user }: Origin): Identity => ({
  platform: slackName,
  tenant: enterprise ?? team ?? '',
  subject: user,
})

/**
 * Who acted: somebody of a workspace that is served, and in the directory. E-mail plays no part. Who gives a grant back
 * may have left the directory: then it is the person for whom its cards were.
 */
export const callerOf = async (
  { useCases, settings }: Pick<SlackDeps, 'useCases' | 'settings'>,
  origin: Origin,
  givenBack?: GrantId,
): Promise<Outcome<Caller>> => {
  const isServed = [origin.team, origin.enterprise].some((id) => id !== undefined && settings.tenants.includes(id))
  if (!isServed) return refuse({ code: 'not-admitted', why: 'other-workspace' })
  const isForeign = origin.home !== undefined && origin.enterprise === undefined && origin.home !== origin.team
  if (isForeign) return refuse({ code: 'not-admitted', why: 'external' })
  const identity = identityOf(origin)
  const found = await useCases.identify(identity)
  if (found.ok) return accept({ person: found.value, identity })
  const former = givenBack && (await useCases.formerHolder(givenBack, identity))
  return former ? accept({ person: former, identity }) : found
}

/** Asks Slack whether an account is an ordinary one today. */
export type Admission = (identity: Identity, freshness: 'fresh' | 'minute') => Promise<Outcome<void>>

type NotAdmitted = Extract<Refusal, { code: 'not-admitted' }>['why']

/** Looks accounts up; `minute` accepts a yes that is at most so old, and asks again after a no. Throws `ExternalError` when Slack is silent. */
export const admission = (
  { settings, clock }: Pick<SlackDeps, 'settings' | 'clock'>,
  client: Clients['hasty'],
): Admission => {
  const seen = new Map<string, { at: number; outcome: Outcome<void> }>()
  return async (identity, freshness) => {
    const key = `${identity.tenant}/${identity.subject}`
    const earlier = seen.get(key)
    if (freshness === 'minute' && earlier?.outcome.ok && clock.now() - earlier.at < 60_000) return earlier.outcome
    const why = await objection(identity, settings.tenants, client)
    const outcome: Outcome<void> = why ? refuse({ code: 'not-admitted', why }) : accept(undefined)
    if (seen.size >= 10_000) seen.clear()
    seen.set(key, { at: clock.now(), outcome })
    return outcome
  }
}

const objection = async (
  { tenant, subject }: Identity,
  tenants: readonly string[],
  client: Clients['hasty'],
): Promise<NotAdmitted | undefined> => {
  const { user } = await calling('users.info', () => client.users.info({ user: subject }))
  if (!user || user.deleted) return 'deactivated'
  if (user.is_bot) return 'bot'
  if (user.is_stranger) return 'external'
  if (user.is_restricted || user.is_ultra_restricted) return 'guest'
  const enterprise = user.enterprise_user?.enterprise_id
  const isHere = [enterprise, user.team_id].some(
    (home) => home !== undefined && (home === tenant || tenants.includes(home)),
  )
  return isHere ? undefined : 'external'
}
