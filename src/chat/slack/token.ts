import type { WebClient } from '@slack/web-api'
import { ExternalError } from '../../ports.ts'
import { calling } from './errors.ts'
import type { SlackSettings } from './settings.ts'

/** The scopes that the bot token needs; `manifests/slack.yaml` requests these and `wantedScopes`. */
export const neededScopes = ['chat:write', 'commands', 'im:write', 'users:read'] as const

/** Scopes without which everything works, but channels count as shared; the manifest requests them too. */
export const wantedScopes = ['channels:read', 'groups:read'] as const

/** Checks the bot token, and returns its Grid organisation, or else its workspace. */
export const checkToken = async (client: WebClient, settings: SlackSettings): Promise<string> => {
  const who = await calling('auth.test', () => client.auth.test()).catch((error: unknown) => {
    if (!(error instanceof ExternalError) || error.transient) throw error
    throw new Error(`Slack does not accept the bot token (${error.code}): copy it again from the app's settings`)
  })
  const ids = [who.enterprise_id, who.team_id].filter((id) => typeof id === 'string' && id !== '')
  const [tenant] = ids
  if (!tenant || !ids.some((id) => id !== undefined && settings.tenants.includes(id))) {
    throw new Error(
      `The Slack bot token belongs to ${ids.join(' and ') || 'no workspace'}, which is not a configured workspace ` +
        `(${settings.tenants.join(', ')}): add it there, or use the token of the right workspace`,
    )
  }
  const scopes = who.response_metadata?.scopes
  const missing = neededScopes.filter((scope) => scopes !== undefined && !scopes.includes(scope))
  if (missing.length > 0) {
    throw new Error(`The Slack app lacks ${missing.join(', ')}: import manifests/slack.yaml and install the app again`)
  }
  return tenant
}
