import type { Panel } from '../simulator/page/panels.ts'
import type { SimulatedUser } from '../simulator/slack/people.ts'
import { startTeamsSimulator, type TeamsSimulator } from '../simulator/teams/simulator.ts'
import { teamsAccountOf, teamsApp, teamsChannel, tenant } from './chats.ts'
import { command } from './example.ts'
import { freePort } from './latchkey-process.ts'

export type TeamsStart = {
  /** Members of Slack, who have an account of the same name in Teams. */
  readonly users: readonly SimulatedUser[]
  readonly appSecret: string
  readonly panels?: (() => Promise<Panel[]>) | undefined
  readonly framedBy?: string | undefined
  readonly port?: number | undefined
  /** The address for Latchkey, when a faulty proxy stands between. */
  readonly address?: ((real: string) => Promise<string>) | undefined
}

export type StartedTeams = {
  readonly simulator: TeamsSimulator
  /** The address for Latchkey. */
  readonly url: string
  /** Installs the app for everybody, as an administrator's policy does; Latchkey must run. */
  install(): Promise<void>
}

/** Starts a simulated Teams with the same people as the simulated Slack. */
export const startTeams = async ({
  users,
  appSecret,
  panels,
  framedBy,
  port: wanted,
  address,
}: TeamsStart): Promise<StartedTeams> => {
  const port = wanted ?? (await freePort())
  const real = `http://127.0.0.1:${port}`
  const url = (await address?.(real)) ?? real
  const people = users.map(({ id, name, realName, isRestricted, isUltraRestricted, isStranger, deleted, email }) => ({
    ...{ oid: teamsAccountOf(id), name: realName, hasApp: false },
    email: email ?? `${name}@example.com`,
    ...((isRestricted || isUltraRestricted) && { role: 'guest' as const }),
    ...(isStranger && { tenant: '99999999-9999-4999-8999-999999999999' }),
    ...(deleted && { isDeactivated: true }),
  }))
  const simulator = await startTeamsSimulator({
    ...{ port, publicUrl: url, app: teamsApp, tenant: tenant.id, appSecret, people },
    chats: [
      {
        ...{ ...teamsChannel, kind: 'channel', members: people.map(({ oid }) => oid) },
        team: { id: '19:team0000000000000000000000000000@thread.tacv2', name: 'Example' },
      },
    ],
    ...(panels && { extraPanels: panels }),
    ...(framedBy && { framedBy }),
    ...{ company: tenant.name, suggestions: [command.hint, 'mine', 'help'] },
  })
  const install = async () => {
    for (const { oid, isDeactivated } of people) if (!isDeactivated) await simulator.person(oid).install()
  }
  return { simulator, url, install }
}
