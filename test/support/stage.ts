import { chatsOf, teamsAccountOf, tenant } from '../../src/demo/chats.ts'
import { channel, slackUsers, team } from '../../src/demo/example.ts'
import type { World } from '../../src/demo/world.ts'
import type { Identity } from '../../src/domain/card.ts'
import type { Hands, SeenMessage } from './hands.ts'
import { slackHands } from './slack-hands.ts'
import { teamsHands } from './teams-hands.ts'

/** The chats in which a story plays. People are named by their account in Slack, wherever they are. */
export type Stage = {
  handsOf(slackId: string): Hands
  accountOf(slackId: string): Identity
  /** A message as anybody sees it: a card looks the same to all. */
  look(conversation: string, message: string): SeenMessage | undefined
  /** Makes somebody a guest, or an ordinary member again. */
  setGuest(slackId: string, isGuest: boolean): void
  /** Deactivates somebody's account, or activates it again. */
  setDeactivated(slackId: string, isDeactivated: boolean): void
  /** Lets somebody of another organisation read along in the example's channel. */
  shareChannel(): void
}

const otherTenant = '99999999-9999-4999-8999-999999999999'

export const stageOf = (world: World): Stage => {
  const { slack, teams, chat } = world
  // Whoever is in both acts in Slack.
  const isInTeams = (slackId: string): boolean => !chatsOf(chat, slackId).slack
  const teamsHere = () => {
    if (!teams) throw new Error('this world has no Teams')
    return teams
  }
  const handsOf = (slackId: string): Hands =>
    isInTeams(slackId) ? teamsHands(teamsHere(), teamsAccountOf(slackId)) : slackHands(slack, slackId)
  const reader = slackHands(slack, slackUsers.developer.id)
  return {
    handsOf,
    accountOf: (slackId) =>
      isInTeams(slackId)
        ? { platform: 'teams', tenant: tenant.id, subject: teamsAccountOf(slackId) }
        : { platform: 'slack', tenant: team.id, subject: slackId },
    look: (conversation, message) => {
      if (/^[CDG]/.test(conversation))
        return reader.messages(conversation).find(({ id, isPrivate }) => id === message && !isPrivate)
      return teamsHands(teamsHere(), teamsAccountOf(slackUsers.developer.id))
        .messages(conversation)
        .find(({ id }) => id === message)
    },
    setGuest: (slackId, isGuest) =>
      isInTeams(slackId)
        ? teamsHere().setPerson(teamsAccountOf(slackId), { role: isGuest ? 'guest' : 'member' })
        : slack.setUser(slackId, { isRestricted: isGuest }),
    setDeactivated: (slackId, isDeactivated) =>
      isInTeams(slackId)
        ? teamsHere().setPerson(teamsAccountOf(slackId), { isDeactivated })
        : slack.setUser(slackId, { deleted: isDeactivated }),
    shareChannel: () => {
      if (world.channel.platform === 'slack') return slack.setChannel(channel.id, { shared: 'externally' })
      const stranger = { oid: teamsAccountOf('a stranger'), name: 'Somebody of another company', tenant: otherTenant }
      teamsHere().setPerson(stranger.oid, stranger)
      const members = [...Object.values(slackUsers).map(({ id }) => teamsAccountOf(id)), stranger.oid]
      teamsHere().setConversation(world.channel.id, { members })
    },
  }
}

/** Whether somebody is in the chat of a message: nobody presses a button in another chat. */
export const isWhere =
  ({ conversation }: SeenMessage) =>
  ({ hands }: { readonly hands: Hands }): boolean =>
    /^[CDG]/.test(conversation) === /^[UW]/.test(hands.id)
