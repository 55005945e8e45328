import type { Identity } from '../../domain/card.ts'
import { accept, type Refusal, refuse } from '../../domain/refusal.ts'
import type { AskPlatform } from '../conversation/admission.ts'
import type { Sender } from '../conversation/port.ts'
import type { Clients } from './clients.ts'
import { calling } from './errors.ts'
import type { Origin } from './payload.ts'
import { type SlackSettings, slackName } from './settings.ts'

type Served = Pick<SlackSettings, 'tenants'>

/**
 * The sender of a delivery. User ids are unique in a Grid organisation, else in a workspace. Members of other
 * workspaces are not looked up. E-mail addresses play no part.
 */
export const senderOf = ({ team, enterprise, user, home }: Origin, { tenants }: Served): Sender => {
  const identity: Identity = { platform: slackName, tenant: enterprise ?? team ?? '', subject: user }
  const isServed = [team, enterprise].some((id) => id !== undefined && tenants.includes(id))
  if (!isServed) return { identity, objection: { code: 'not-admitted', why: 'other-workspace' } }
  const isForeign = home !== undefined && enterprise === undefined && home !== team
  return isForeign ? { identity, objection: { code: 'not-admitted', why: 'external' } } : { identity }
}

type NotAdmitted = Extract<Refusal, { code: 'not-admitted' }>['why']

/** Asks Slack whether an account is an ordinary one today. */
export const askSlack =
  ({ tenants }: Served, client: Clients['hasty']): AskPlatform =>
  async (identity) => {
    const why = await objection(identity, tenants, client)
    return why ? refuse({ code: 'not-admitted', why }) : accept(undefined)
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

/** How Slack calls the person of an account. */
export const fullNameOf =
  (client: Clients['hasty']) =>
  async ({ subject }: Identity): Promise<string | undefined> => {
    const { user } = await calling('users.info', () => client.users.info({ user: subject }))
    return user?.profile?.real_name || user?.real_name || user?.name
  }
