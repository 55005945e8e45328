import { startSideBySide } from '../simulator/side-by-side/server.ts'
import { teamsAccountOf, tenant } from './chats.ts'
import { slackUsers } from './example.ts'
import { panels } from './panels.ts'
import type { World } from './world.ts'

/** Shows the developer in one chat and the database owner in the other one; undefined for a world of one chat. */
export const showBothChats = async (world: World, port: number) => {
  const { slack, teams } = world
  if (world.chat !== 'both' || teams === undefined) return undefined
  const { developer, databaseOwner } = slackUsers
  return startSideBySide({
    port,
    company: tenant.name,
    people: [developer.realName, databaseOwner.realName],
    chats: [
      { name: 'Slack', url: slack.url, ids: [developer.id, databaseOwner.id] },
      { name: 'Teams', url: teams.url, ids: [teamsAccountOf(developer.id), teamsAccountOf(databaseOwner.id)] },
    ],
    panels: panels(world),
  })
}
