import { freePort } from '../../src/demo/latchkey-process.ts'
import { startWorld, type World, type WorldOptions } from '../../src/demo/world.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../../src/simulator/teams/simulator.ts'
import { type Story, storyIn } from './story.ts'
import { teamsHands } from './teams-hands.ts'

const tenant = '22222222-2222-4222-8222-222222222222'
const app = '11111111-1111-4111-8111-111111111111'
const secret = 'client secret of this test'
/** The channel that gets a copy of each card. */
export const copies = '19:copies@thread.tacv2'

/** The cast of a story: the key in the people file, the name, and the account in Teams. */
const cast = {
  developer: { key: 'developer', name: 'Developer on call', oid: 'aaaaaaaa-0000-4000-8000-000000000001' },
  databaseOwner: { key: 'database-owner', name: 'Database owner', oid: 'aaaaaaaa-0000-4000-8000-000000000002' },
  secondDatabaseOwner: {
    key: 'second-database-owner',
    name: 'Second database owner',
    oid: 'aaaaaaaa-0000-4000-8000-000000000003',
  },
  platformLead: { key: 'platform-lead', name: 'Platform lead', oid: 'aaaaaaaa-0000-4000-8000-000000000004' },
  newcomer: { key: 'newcomer', name: 'New colleague', oid: 'aaaaaaaa-0000-4000-8000-000000000005' },
} as const

/** A world whose only chat is Teams, and a story that plays there. Everybody has written to Latchkey once. */
export const startTeamsWorld = async (
  options: WorldOptions = {},
): Promise<{
  readonly world: World
  readonly teams: TeamsSimulator
  readonly story: Story
  stop(): Promise<void>
}> => {
  const port = await freePort()
  const everybody = Object.values(cast)
  const teams = await startTeamsSimulator({
    ...{ app: { id: app }, tenant, appSecret: secret },
    people: everybody.map(({ oid, name }) => ({ oid, name })),
    chats: [{ id: copies, kind: 'channel', name: 'copies', members: everybody.map(({ oid }) => oid) }],
    endpoint: `http://127.0.0.1:${port}/teams/messages`,
  })
  const known = everybody.filter(({ key }) => key !== 'newcomer')
  const people = Object.fromEntries(
    known.map(({ key, name, oid }) => [key, { name, slack: [], teams: [`${tenant}/${oid}`] }]),
  )
  const world = await startWorld({
    ...options,
    port,
    settings: { slack: undefined, teams: { app, tenant, simulatorUrl: teams.url }, ...options.settings },
    integration: { ...options.integration, channel: copies },
    environment: { TEAMS_APP_SECRET: secret },
    more: { people },
  }).catch(async (error: unknown) => {
    await teams.close()
    throw error
  })
  for (const { oid } of known) await teamsHands(teams, oid).command('help')
  const accounts = {
    developer: cast.developer.oid,
    databaseOwner: cast.databaseOwner.oid,
    secondDatabaseOwner: cast.secondDatabaseOwner.oid,
    platformLead: cast.platformLead.oid,
    newcomer: cast.newcomer.oid,
  }
  const story = storyIn(world, { handsOf: (oid) => teamsHands(teams, oid), accounts })
  const stop = async () => {
    await world.stop()
    await teams.close()
  }
  return { world, teams, story, stop }
}
