import { neededScopes, wantedScopes } from '../../chat/slack/token.ts'
import type { Config } from '../../config/read.ts'
import type { Secret } from '../../domain/secret.ts'
import { callSlack, type SlackAnswer } from '../slack-api.ts'
import { skewFinding } from './clock.ts'
import { causeOf, type Finding, missing, ok, optional, unknown } from './finding.ts'

type Slack = NonNullable<Config['slack']> & { readonly way: typeof fetch }

/** The app's tokens, rights and workspace. */
export const slackFindings = async (slack: Slack): Promise<readonly Finding[]> => {
  if (slack.botToken.reveal() === '') return [unknown('Slack', 'no bot token to try')]
  const asked = await call('auth.test', slack.botToken, slack)
  if (typeof asked === 'string') return [missing('Slack', asked, 'let this machine reach https://slack.com')]
  const remedy = 'copy it anew: api.slack.com/apps → OAuth & Permissions'
  if (!asked.body.ok) return [missing('Slack: bot token', `Slack says ${asked.body.error}`, remedy)]
  const { team, user } = asked.body
  const ids = [asked.body.enterprise_id, asked.body.team_id].flatMap((id) => (typeof id === 'string' ? [id] : []))
  const isServed = ids.some((id) => slack.tenants.includes(id))
  const wanted = wantedScopes.filter((scope) => !asked.scopes.includes(scope))
  const lacking = neededScopes.filter((scope) => !asked.scopes.includes(scope))
  return [
    ok('Slack: bot token', `works, as ${user}`),
    isServed
      ? ok('Slack: workspace', `${team} (${ids.join(', ')})`)
      : missing(
          'Slack: workspace',
          `the token is of ${team} (${ids.join(', ')})`,
          `add ${ids[0]} to slack.tenants, or use another token`,
        ),
    lacking.length === 0
      ? ok('Slack: scopes', neededScopes.join(', '))
      : missing(
          'Slack: scopes',
          `${lacking.join(', ')} is missing`,
          'import the manifest (latchkey slack manifest) and install the app again',
        ),
    ...(wanted.length === 0
      ? []
      : [
          optional(
            'Slack: shared channels',
            `${wanted.join(', ')} is missing, so each channel counts as shared with others`,
            'import the manifest and install the app again: cards in channels then say what and why',
          ),
        ]),
    skewFinding('Slack: clock', asked.date, Date.now()),
    ...(await deliveryFindings(slack)),
  ]
}

const deliveryFindings = async (slack: Slack): Promise<readonly Finding[]> => {
  const { delivery } = slack
  if (delivery.kind === 'http') return [] // only Slack itself can sign
  if (delivery.appToken.reveal() === '') return [unknown('Slack: app-level token', 'none to try')]
  const opened = await call('apps.connections.open', delivery.appToken, slack)
  const problem = typeof opened === 'string' ? opened : opened.body.ok ? undefined : `Slack says ${opened.body.error}`
  if (problem === undefined) return [ok('Slack: app-level token', 'opens a socket')]
  return [missing('Slack: app-level token', problem, 'make one with connections:write, and switch Socket Mode on')]
}

const call = (method: string, token: Secret, { apiUrl, way }: Slack): Promise<SlackAnswer | string> =>
  callSlack(method, token, {}, { apiUrl, way }).catch((error: unknown) => `Slack cannot be asked: ${causeOf(error)}`)
