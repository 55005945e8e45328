import type { AuditRow } from '../ports.ts'
import type { Panel } from '../simulator/page/panels.ts'
import { openReader } from '../store/index.ts'
import type { AdminCall } from './admin-call.ts'
import type { PreparedVault } from './prepare-vault.ts'

/** The vault's real contents for Latchkey, read with the root token, and the newest rows of the audit log. */
export const panels =
  ({ admin, files, prepared }: { admin: AdminCall; files: { database: string }; prepared: PreparedVault }) =>
  async (): Promise<Panel[]> => [
    await vaultPanel(admin, `auth/${prepared.userpassMount}/users`),
    await auditPanel(files.database),
  ]

const vaultPanel = async (admin: AdminCall, usersPath: string): Promise<Panel> => {
  const policies = (await keys(admin, 'sys/policies/acl')).filter((name) => name.includes('-g-'))
  const users = await keys(admin, usersPath)
  const rows = await Promise.all(
    policies.map(async (name) => ({ label: `policy ${ending(name)}`, value: await remaining(admin, name) })),
  )
  const people = await Promise.all(
    users.map(async (name) => ({ label: `user ${ending(name)}`, value: await armed(admin, `${usersPath}/${name}`) })),
  )
  const held = [...rows, ...people]
  return {
    title: 'What the vault holds for Latchkey',
    rows: held.length > 0 ? held : [{ label: 'nothing yet', value: '' }],
    note: 'Read from the vault itself, every two seconds.',
  }
}

const ending = (name: string): string => `…${name.slice(name.search(/-[gu]-/) + 1)}`.slice(0, 44)

const keys = async (admin: AdminCall, path: string): Promise<readonly string[]> => {
  const answer = await admin('GET', `${path}?list=true`).catch(() => undefined)
  const names = field(field(answer, 'data'), 'keys')
  return Array.isArray(names) ? names.filter((name) => typeof name === 'string') : []
}

const remaining = async (admin: AdminCall, name: string): Promise<string> => {
  const answer = await admin('GET', `sys/policies/acl/${name}`).catch(() => undefined)
  const expiration = field(field(answer, 'data'), 'expiration')
  if (typeof expiration !== 'string') return 'gone'
  const seconds = Math.round((Date.parse(expiration) - Date.now()) / 1000)
  return seconds > 0 ? `ends by itself in ${seconds} s` : 'has ended by itself'
}

const armed = async (admin: AdminCall, path: string): Promise<string> => {
  const answer = await admin('GET', path).catch(() => undefined)
  const policies = field(field(answer, 'data'), 'token_policies')
  return Array.isArray(policies) && policies.length > 0 ? 'can log in just now' : 'cannot log in'
}

const auditPanel = async (address: string): Promise<Panel> => {
  const reader = await openReader(address)
  try {
    const rows = await reader.latestRows({}, 14)
    return {
      title: 'Audit, newest first',
      rows: rows.toReversed().map(({ at, kind, actor }) => ({
        label: new Date(at).toISOString().slice(11, 19),
        value: `${kind} (${who(actor)})`,
      })),
    }
  } finally {
    await reader.close()
  }
}

const who = (actor: AuditRow['actor']): string => {
  switch (actor.kind) {
    case 'person':
      return actor.id
    case 'stranger':
      return actor.subject
    case 'operator':
      return actor.name
    case 'system':
      return actor.kind
    default:
      return actor satisfies never
  }
}

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Object.entries(value).find(([key]) => key === name)?.[1] : undefined
