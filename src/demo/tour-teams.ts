import type { TeamsMessage } from '../simulator/teams/messages.ts'
import type { TeamsSimulator } from '../simulator/teams/simulator.ts'
import { teamsAccountOf } from './chats.ts'
import { slackUsers } from './example.ts'
import type { Narrator, Story } from './tour.ts'
import type { World } from './world.ts'

const patience = 15_000

/** Asked in Slack, approved in Teams, fetched in Teams, given back in Slack: one request, whose cards agree in both. */
export const playBothChats = async (
  { slack }: World,
  teams: TeamsSimulator,
  story: Story,
  tell: Narrator,
  lengthLabel: string,
): Promise<void> => {
  const developer = teams.person(teamsAccountOf(slackUsers.developer.id))
  const owner = teams.person(teamsAccountOf(slackUsers.databaseOwner.id))
  const asked = slack.textOf(await story.ask(lengthLabel))
  const id = asked.match(/Request \w+/)?.[0] ?? ''
  /** The card of this request that says the words. */
  const inTeams = (person: typeof owner, words: string): Promise<TeamsMessage> =>
    teams.until(
      () => person.inbox().findLast((card) => [id, words].every((part) => person.textOf(card).includes(part))),
      patience,
    )
  const inSlack = ({ id: account }: { readonly id: string }, words: string) =>
    slack.until(
      () =>
        slack
          .person(account)
          .inbox()
          .find((card) => [id, words].every((part) => slack.textOf(card).includes(part))),
      patience,
    )
  const proveAgree = async (words: string) => {
    await Promise.all([
      ...[developer, owner].map((person) => inTeams(person, words)),
      ...[slackUsers.developer, slackUsers.databaseOwner].map((user) => inSlack(user, words)),
    ])
    tell.proof(`the cards of both people say “${words}”, in Slack and in Teams`, true)
  }

  const card = await inTeams(owner, 'Please decide')
  tell.say('The database owner has the same card in Teams, and presses Approve there.')
  const { isInPlace } = await owner.press(card, 'Approve')
  const question = 'Approve this access?'
  tell.proof(`in its place the owner alone reads “${question}”`, isInPlace && owner.textOf(card).includes(question))
  await owner.press(card, 'Approve')
  await proveAgree('Approved by')

  const ready = await inTeams(developer, 'Get my one-time link')
  await developer.press(ready, 'Get my one-time link')
  const [url = ''] = (await developer.waitForView('Your one-time link')).links
  developer.closeView()
  tell.say('The developer presses “Get my one-time link” in Teams, although the request was typed in Slack.')
  const { token } = await story.useLink(url)
  await story.proveReads(token)
  await story.giveBack()
  await proveAgree('Given back by')
  await story.proveRefused(token)
}
