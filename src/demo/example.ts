import type { SimulatedUser } from '../simulator/slack/people.ts'
import type { AdminCall } from './admin-call.ts'

/** The company of the demo and the tests. People are named by their job. */
export const team = { id: 'T0EXAMPLE', name: 'Example', domain: 'example' }

export const slackUsers = {
  developer: { id: 'U0DEVELOPER', name: 'developer', realName: 'Developer on call' },
  databaseOwner: { id: 'U0DBOWNER', name: 'database-owner', realName: 'Database owner' },
  secondDatabaseOwner: { id: 'U0DBSECOND', name: 'database-second', realName: 'Second database owner' },
  platformLead: { id: 'U0PLATFORM', name: 'platform-lead', realName: 'Platform lead' },
  newcomer: { id: 'U0NEWCOMER', name: 'newcomer', realName: 'Newcomer' },
} as const

/** The channel that gets a copy of each card. */
export const channel = { id: 'C0ACCESS', name: 'access' }

/** The command, and a request by words of one of the secrets below. */
export const command = { name: '/vault', hint: 'request orders database' }
export const request = `${command.name} ${command.hint}`

/** The content of the people file. The newcomer is missing on purpose, to show that strangers are refused. */
export const examplePeople = {
  people: {
    developer: { name: 'Developer on call', slack: [`${team.id}/${slackUsers.developer.id}`] },
    'database-owner': { name: 'Database owner', slack: [`${team.id}/${slackUsers.databaseOwner.id}`] },
    'second-database-owner': {
      name: 'Second database owner',
      slack: [`${team.id}/${slackUsers.secondDatabaseOwner.id}`],
    },
    'platform-lead': { name: 'Platform lead', slack: [`${team.id}/${slackUsers.platformLead.id}`] },
  },
  groups: {
    engineers: ['developer', 'database-owner'],
    databases: ['database-owner', 'second-database-owner'],
    platform: ['platform-lead'],
  },
}

/** The path below the mount `kv` → content and owner tag. */
export type Secrets = Readonly<
  Record<string, { readonly data: Record<string, string>; readonly owner?: string; readonly description?: string }>
>

/** Additions to the example: members of Slack, lines of the people file, secrets. */
export type More = {
  readonly users?: readonly SimulatedUser[]
  readonly people?: Readonly<
    Record<string, { readonly name: string; readonly slack: readonly string[]; readonly teams?: readonly string[] }>
  >
  readonly groups?: Readonly<Record<string, readonly string[]>>
  readonly secrets?: Secrets
}

const secrets: Secrets = {
  'apps/orders/database': {
    data: { username: 'orders', password: 'example-orders-password' },
    owner: 'databases',
    description: 'PostgreSQL of the orders service',
  },
  'apps/orders/api': { data: { key: 'example-orders-api-key' } },
  'apps/billing/database': { data: { username: 'billing', password: 'example-billing-password' }, owner: 'databases' },
  'breakglass/cloud-root': { data: { username: 'root', password: 'example-cloud-root-password' } },
}

/** The words that must never appear in a chat, a log, a page or the database. */
export const secretWords: readonly string[] = Object.values(secrets).flatMap(({ data }) =>
  Object.entries(data).flatMap(([key, value]) => (key === 'username' ? [] : [value])),
)

/** Writes the example secrets and a signing key, as a user of the vault would. */
export const writeExamples = async (admin: AdminCall, more: Secrets = {}): Promise<void> => {
  for (const [path, { data, owner, description }] of Object.entries({ ...secrets, ...more })) {
    await admin('POST', `kv/data/${path}`, { data })
    const custom_metadata = { ...(owner && { owner }), ...(description && { description }) }
    if (owner) await admin('POST', `kv/metadata/${path}`, { custom_metadata })
  }
  await admin('POST', 'transit/keys/orders-signing', { type: 'ed25519' })
  await admin('POST', 'transit/keys/orders-encryption', {})
}
