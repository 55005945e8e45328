import type { JsonObject } from '../common/json.ts'
import { chatMethods } from './api-chat.ts'
import { peopleMethods } from './api-people.ts'
import { viewMethods } from './api-views.ts'
import type { Simulation } from './simulation.ts'
import { SlackError } from './slack-error.ts'

/** One method of the Web API: returns the answer without `ok`, or throws a SlackError. */
export type Method = (simulation: Simulation, args: JsonObject) => JsonObject

type MethodEntry = { scopes: readonly string[]; run: Method; token?: 'app' }

const authTest: Method = ({ workspace, url }) => {
  const { team, bot } = workspace
  return {
    url: `${url()}/`,
    team: team.name,
    user: bot.name,
    team_id: team.id,
    user_id: bot.userId,
    bot_id: bot.botId,
    is_enterprise_install: false,
    ...(team.enterpriseId === undefined ? {} : { enterprise_id: team.enterpriseId }),
  }
}

const connectionsOpen: Method = ({ url, newTicket, workspace }) => ({
  url: `${url().replace(/^http/, 'ws')}/link/?ticket=${newTicket()}&app_id=${workspace.bot.appId}`,
})

const methods: Record<string, MethodEntry> = {
  'api.test': { scopes: [], run: (_simulation, args) => ({ args }) },
  'auth.test': { scopes: [], run: authTest },
  'apps.connections.open': { scopes: [], run: connectionsOpen, token: 'app' },
  ...chatMethods,
  ...viewMethods,
  ...peopleMethods,
}

/** Scopes that depend on the conversation, and the one for slash commands. */
const checkedInside = ['commands', 'channels:read', 'groups:read', 'im:read']

/** Every scope that a simulated method needs. */
export const allScopes: readonly string[] = [
  ...new Set([...Object.values(methods).flatMap((method) => method.scopes), ...checkedInside]),
]

/** Runs a method for the holder of `token`; throws Slack's refusal. */
export function callMethod(
  simulation: Simulation,
  name: string,
  token: string | undefined,
  args: JsonObject,
): JsonObject {
  const method = Object.hasOwn(methods, name) ? methods[name] : undefined
  if (method === undefined) throw new SlackError('unknown_method', { req_method: name })
  if (token === undefined) throw new SlackError('not_authed')
  const { bot, app } = simulation.tokens
  if (token !== bot && token !== app) throw new SlackError('invalid_auth')
  if ((token === app) !== (method.token === 'app') && name !== 'auth.test') {
    throw new SlackError('not_allowed_token_type')
  }
  const missing = method.scopes.filter((scope) => !simulation.scopes.has(scope))
  if (missing.length > 0) {
    const provided = [...simulation.scopes].join(',')
    throw new SlackError('missing_scope', { needed: missing.join(','), provided })
  }
  return method.run(simulation, args)
}
