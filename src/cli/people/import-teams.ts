import type { Io } from '../io.ts'
import { usageError } from '../trouble.ts'
import { graphAddress, graphToken, readTenant } from './graph-people.ts'
import { type Member, noteCounts, peopleText } from './people-text.ts'
import { throughProxy } from './slack-people.ts'

/** The options of `latchkey people import --from teams`. */
export type TeamsImport = {
  readonly config?: string
  readonly conversation?: readonly string[]
  readonly graph?: boolean
  readonly apiUrl?: string
}

/**
 * `latchkey people import --from teams` prints the people of a tenant, from Microsoft Graph; or those of channels and
 * group chats in which the app is installed. Everybody is named by tenant and object id.
 */
export const importFromTeams = async (options: TeamsImport, io: Io): Promise<void> => {
  if (options.graph && options.conversation) throw usageError('give --graph or --conversation, not both')
  if (options.graph) return importFromGraph(options, io)
  if (options.apiUrl !== undefined) throw usageError('--api-url: only with --graph; else teams.simulatorUrl says it')
  const { readRosters } = await import('./teams-rosters.ts')
  const { source, members } = await readRosters(options, io)
  print(source, members, io)
}

const importFromGraph = async ({ apiUrl }: TeamsImport, io: Io): Promise<void> => {
  const base = graphAddress(apiUrl)
  const token = graphToken(io)
  const { tenant, members } = await throughProxy(io, (way) => readTenant({ token, base, way }))
  print(`the tenant ${tenant}`, members, io)
}

const print = (source: string, members: readonly Member[], io: Io): void => {
  io.say(peopleText({ source, platform: 'teams', members, groups: [] }).trimEnd())
  noteCounts({ members, groups: [] }, io)
  io.note('Nobody is in a group yet: latchkey people add TENANT/OBJECT --group NAME, or write them below groups.')
}
