import type { JsonObject } from '../common/json.ts'

/** The workspace of the simulation. */
export type SimulatedTeam = { id: string; name: string; domain: string; enterpriseId?: string }

/** A member, guest, stranger or bot of the workspace, as the caller describes them. */
export type SimulatedUser = {
  /** Starts with `U` or `W`. */
  id: string
  /** The handle, without `@`. */
  name: string
  realName: string
  email?: string
  /** An IANA name; `UTC` by default. */
  timeZone?: string
  isBot?: boolean
  /** A multi-channel guest. */
  isRestricted?: boolean
  /** A single-channel guest. */
  isUltraRestricted?: boolean
  /** A person of another organisation, known through Slack Connect. */
  isStranger?: boolean
  /** Deactivated. */
  deleted?: boolean
  /** The home workspace; the simulated team by default. */
  teamId?: string
  enterpriseId?: string
}

/**
 * Who shares a channel: another organisation (Slack Connect), one with an open invitation, or another workspace of the
 * same Grid. https://docs.slack.dev/reference/objects/conversation-object
 */
export type Sharing = 'nobody' | 'externally' | 'pending' | 'in-organisation'

/** A channel that exists at the start. */
export type SimulatedChannel = {
  /** Starts with `C` (or `G` for an old private one). */
  id: string
  /** Without `#`. */
  name: string
  /** User ids; add the bot's id (`botUserId`) to let it post. */
  members: readonly string[]
  isPrivate?: boolean
  shared?: Sharing
  isArchived?: boolean
}

/** A user group (`@handle`), which Slack calls a subteam. */
export type SimulatedUserGroup = { id: string; handle: string; name: string; users: readonly string[] }

const offsetSeconds = (timeZone: string, at: number): number => {
  const shown = new Date(at).toLocaleString('en-US', { timeZone, timeZoneName: 'longOffset' })
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(shown)
  if (match === null) return 0
  const minutes = Number(match[2]) * 60 + Number(match[3])
  return (match[1] === '-' ? -60 : 60) * minutes
}

/** The user object of `users.info` and `users.list`; with the email address only for tokens that may see it. */
export function userObject(user: SimulatedUser, team: SimulatedTeam, at: number, showsEmail: boolean): JsonObject {
  const teamId = user.teamId ?? team.id
  const timeZone = user.timeZone ?? 'UTC'
  const enterpriseId = user.enterpriseId ?? (user.teamId === undefined ? team.enterpriseId : undefined)
  return {
    id: user.id,
    team_id: teamId,
    name: user.name,
    deleted: user.deleted ?? false,
    ...(user.deleted ? {} : lifeOf(user, timeZone, at)),
    profile: {
      real_name: user.realName,
      real_name_normalized: user.realName,
      display_name: user.name,
      display_name_normalized: user.name,
      team: teamId,
      ...(showsEmail && user.email !== undefined ? { email: user.email } : {}),
    },
    is_bot: user.isBot ?? false,
    is_app_user: false,
    updated: Math.floor(at / 1000),
    ...(user.isStranger ? { is_stranger: true } : {}),
    ...(enterpriseId === undefined ? {} : { enterprise_user: { id: user.id, enterprise_id: enterpriseId } }),
  }
}

/** The fields that a deactivated account lacks at Slack. */
const lifeOf = (user: SimulatedUser, timeZone: string, at: number): JsonObject => ({
  color: '4bbe2e',
  real_name: user.realName,
  tz: timeZone,
  tz_label: timeZone,
  tz_offset: offsetSeconds(timeZone, at),
  is_admin: false,
  is_owner: false,
  is_primary_owner: false,
  is_restricted: user.isRestricted ?? false,
  is_ultra_restricted: user.isUltraRestricted ?? false,
  is_email_confirmed: user.email !== undefined,
})
