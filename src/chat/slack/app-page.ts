import type { WebClient } from '@slack/web-api'
import { ExternalError } from '../../ports.ts'
import { calling } from './errors.ts'
import type { SlackSettings } from './settings.ts'

/**
 * The address that opens the app's own conversation, in a browser or in Slack's program. The API names the app only with
 * its bot. Without an answer there is no address: it is a convenience, and the start must not depend on it.
 */
export const appPage = async (
  client: WebClient,
  { apiUrl = 'https://slack.com/api/' }: Pick<SlackSettings, 'apiUrl'>,
): Promise<string | undefined> => {
  try {
    const who = await calling('auth.test', () => client.auth.test())
    const { bot_id, team_id, is_enterprise_install: isForAll } = who
    if (!bot_id) return undefined
    const { bot } = await calling('bots.info', () => client.bots.info({ bot: bot_id }))
    if (!bot?.app_id) return undefined
    // An app of a whole Grid has no workspace of its own: Slack takes the person's.
    const query = new URLSearchParams({ app: bot.app_id, ...(team_id && !isForAll && { team: team_id }) })
    return `${new URL(apiUrl).origin}/app_redirect?${query}`
  } catch (error) {
    if (error instanceof ExternalError) return undefined
    throw error
  }
}
