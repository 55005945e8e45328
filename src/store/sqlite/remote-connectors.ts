import type { AuditEvent } from '../../domain/audit-event.ts'
import type { IntegrationId } from '../../domain/ids.ts'
import type { Invitation, JoinRefusal, RemoteConnector, RemoteConnectorMemory } from '../../domain/remote-connector.ts'
import { toRemoteConnector } from '../rows/remote-connectors.ts'
import { appendAudit } from './audit.ts'
import { moment } from './columns.ts'
import type { Queries } from './connection.ts'
import { and, asc, eq, integer, isNull, sqliteTable, text } from './drizzle.ts'
import type { GroupCommit } from './group-commit.ts'

export const remoteConnectors = sqliteTable('remote_connectors', {
  number: integer().primaryKey(),
  id: text().notNull(),
  integration: text().$type<IntegrationId>().notNull(),
  key: text().notNull(),
  joinedAt: moment().notNull(),
  address: text().notNull(),
  revokedAt: moment(),
  revokedBy: text(),
})

export const connectorInvitations = sqliteTable('connector_invitations', {
  hash: text().primaryKey(),
  integration: text().$type<IntegrationId>().notNull(),
  invitedBy: text().notNull(),
  invitedAt: moment().notNull(),
  expiresAt: moment().notNull(),
  connector: text(),
})

/** The store's verbs about remote connectors, each one transaction. */
export const remoteConnectorVerbs = (queries: Queries, together: GroupCommit): RemoteConnectorMemory => ({
  inviteConnector: (...given) => together((within) => invite(within, ...given)),
  joinConnector: (...given) => together((within) => join(within, ...given)),
  remoteConnectors: async () =>
    queries.select().from(remoteConnectors).orderBy(asc(remoteConnectors.number)).all().map(toRemoteConnector),
  revokeConnector: (...given) => together((within) => revoke(within, ...given)),
})

const invite = (queries: Queries, { by, at, ...given }: Invitation, audit: readonly AuditEvent[]): void => {
  queries
    .insert(connectorInvitations)
    .values({ ...given, invitedBy: by, invitedAt: at })
    .run()
  appendAudit(queries, audit)
}

const join = (
  queries: Queries,
  hash: string,
  joining: Omit<RemoteConnector, 'integration' | 'revoked'>,
  audit: (integration: IntegrationId) => readonly AuditEvent[],
): RemoteConnector | JoinRefusal => {
  const invitation = queries.select().from(connectorInvitations).where(eq(connectorInvitations.hash, hash)).get()
  if (!invitation) return 'unknown'
  if (invitation.connector !== null) return 'used'
  if (invitation.expiresAt <= joining.joinedAt) return 'expired'
  const { integration } = invitation
  const isOfIntegration = and(eq(remoteConnectors.integration, integration), isNull(remoteConnectors.revokedAt))
  const isKnownKey = eq(remoteConnectors.key, joining.key)
  const select = () => queries.select({ id: remoteConnectors.id }).from(remoteConnectors)
  if (select().where(isOfIntegration).get() || select().where(isKnownKey).get()) return 'taken'
  queries
    .insert(remoteConnectors)
    .values({ ...joining, integration })
    .run()
  queries.update(connectorInvitations).set({ connector: joining.id }).where(eq(connectorInvitations.hash, hash)).run()
  appendAudit(queries, audit(integration))
  return { ...joining, integration }
}

const revoke = (
  queries: Queries,
  id: string,
  { at, by }: NonNullable<RemoteConnector['revoked']>,
  audit: readonly AuditEvent[],
): boolean => {
  const isLive = and(eq(remoteConnectors.id, id), isNull(remoteConnectors.revokedAt))
  const { changes } = queries.update(remoteConnectors).set({ revokedAt: at, revokedBy: by }).where(isLive).run()
  if (changes > 0) appendAudit(queries, audit)
  return changes > 0
}
