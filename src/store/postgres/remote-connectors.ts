import type { AuditEvent } from '../../domain/audit-event.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Invitation, JoinRefusal, RemoteConnector, RemoteConnectorMemory } from '../../domain/remote-connector.ts'
import { toRemoteConnector } from '../rows/remote-connectors.ts'
import { appendAudit } from './audit.ts'
import { moment } from './columns.ts'
import type { Atomically, Queries } from './connection.ts'
import { and, asc, eq, isNull, rowNumber, table, text } from './drizzle.ts'

export const remoteConnectors = table('remote_connectors', {
  number: rowNumber(),
  id: text().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  key: text().notNull(),
  joinedAt: moment().notNull(),
  address: text().notNull(),
  revokedAt: moment(),
  revokedBy: text(),
})

export const connectorInvitations = table('connector_invitations', {
  hash: text().primaryKey(),
  integration: text().$type<IntegrationId>().notNull(),
  invitedBy: text().notNull(),
  invitedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  connector: text(),
})

/** The store's verbs about remote connectors, each one transaction. */
export const remoteConnectorVerbs = (queries: Queries, atomically: Atomically): RemoteConnectorMemory => ({
  inviteConnector: (...given) => atomically((within) => invite(within, ...given)),
  joinConnector: (...given) => atomically((within) => join(within, ...given)),
  remoteConnectors: async () =>
    (await queries.select().from(remoteConnectors).orderBy(asc(remoteConnectors.number))).map(toRemoteConnector),
  revokeConnector: (...given) => atomically((within) => revoke(within, ...given)),
})

const invite = async (
  within: Queries,
  { by, at, ...given }: Invitation,
  audit: readonly AuditEvent[],
): Promise<void> => {
  await within.insert(connectorInvitations).values({ ...given, invitedBy: by, invitedAt: at })
  await appendAudit(within, audit)
}

/** The invitation's row is the lock; of two invitations for one integration, the unique index lets one join. */
const join = async (
  within: Queries,
  hash: string,
  joining: Omit<RemoteConnector, 'integration' | 'revoked'>,
  audit: (integration: IntegrationId) => readonly AuditEvent[],
): Promise<RemoteConnector | JoinRefusal> => {
  const isMeant = eq(connectorInvitations.hash, hash)
  const [invitation] = await within.select().from(connectorInvitations).where(isMeant).for('update')
  if (!invitation) return 'unknown'
  if (invitation.connector !== null) return 'used'
  if (invitation.expiresAt <= joining.joinedAt) return 'expired'
  const { integration } = invitation
  const { rowCount } = await within
    .insert(remoteConnectors)
    .values({ ...joining, integration })
    .onConflictDoNothing()
  if (rowCount === 0) return 'taken'
  await within.update(connectorInvitations).set({ connector: joining.id }).where(isMeant)
  await appendAudit(within, audit(integration))
  return { ...joining, integration }
}

const revoke = async (
  within: Queries,
  id: string,
  { at, by }: NonNullable<RemoteConnector['revoked']>,
  audit: readonly AuditEvent[],
): Promise<boolean> => {
  const isLive = and(eq(remoteConnectors.id, id), isNull(remoteConnectors.revokedAt))
  const { rowCount } = await within.update(remoteConnectors).set({ revokedAt: at, revokedBy: by }).where(isLive)
  if (rowCount !== 1) return false
  await appendAudit(within, audit)
  return true
}
