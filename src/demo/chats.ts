import { createHash } from 'node:crypto'
import { channel, type More, slackUsers, team } from './example.ts'

/**
 * Where the people of the example are: all in one chat; those who ask in the first one and all others in the second; or
 * everybody in both.
 */
export const chatChoices = ['slack', 'teams', 'slack-to-teams', 'teams-to-slack', 'both'] as const
export type ChatChoice = (typeof chatChoices)[number]

/** An id in the form of Entra's, always the same for the same words. */
const guidOf = (words: string): string =>
  createHash('sha256')
    .update(words)
    .digest('hex')
    .replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/, '$1-$2-4$3-8$4-$5')

/** The tenant of the example, and the bot's registration in it. */
export const tenant = { id: guidOf('tenant'), name: 'Example' }
export const teamsApp = { id: guidOf('app'), name: 'Latchkey' }
/** The channel of a team that gets a copy of each card. */
export const teamsChannel = { id: '19:access0000000000000000000000000@thread.tacv2', name: 'access' }

/** The account in Teams of somebody with this account in Slack. */
export const teamsAccountOf = (slackId: string): string => guidOf(slackId)

const asks: ReadonlySet<string> = new Set([slackUsers.developer.id, slackUsers.newcomer.id])

/** The chats in which somebody of the example is. */
export const chatsOf = (choice: ChatChoice, slackId: string): { readonly slack: boolean; readonly teams: boolean } => {
  if (choice === 'both') return { slack: true, teams: true }
  const isFirst = asks.has(slackId)
  const isInTeams = choice === 'teams' || choice === (isFirst ? 'teams-to-slack' : 'slack-to-teams')
  return { slack: !isInTeams, teams: isInTeams }
}

export const hasSlack = (choice: ChatChoice): boolean => choice !== 'teams'
export const hasTeams = (choice: ChatChoice): boolean => choice !== 'slack'

/** The channel of the example in this choice: where those who decide are. */
export const channelIn = (choice: ChatChoice): { readonly platform: 'slack' | 'teams'; readonly id: string } =>
  choice === 'teams' || choice === 'slack-to-teams'
    ? { platform: 'teams', id: teamsChannel.id }
    : { platform: 'slack', id: channel.id }

type Lines = NonNullable<More['people']>

/** The lines of the people file, with the accounts of the choice. */
export const accountsIn = (choice: ChatChoice, people: Lines) =>
  Object.fromEntries(
    Object.entries(people).map(([key, { slack, teams = [], ...person }]) => {
      const ids = slack.map((account) => account.split('/')[1] ?? '')
      const inSlack = ids.filter((id) => chatsOf(choice, id).slack).map((id) => `${team.id}/${id}`)
      const derived = ids.filter((id) => chatsOf(choice, id).teams).map((id) => `${tenant.id}/${teamsAccountOf(id)}`)
      const inTeams = [...derived, ...teams]
      return [
        key,
        { ...person, ...(inSlack.length > 0 && { slack: inSlack }), ...(inTeams.length > 0 && { teams: inTeams }) },
      ]
    }),
  )
