import { type Actor, type AuditEvent, actorName, system } from '../domain/audit-event.ts'
import type { IntegrationId } from '../domain/ids.ts'
import {
  type ConnectorReport,
  type JoinRefusal,
  newInvitation,
  type RemoteConnector,
  type ServerWord,
} from '../domain/remote-connector.ts'
import { connectorReported } from './connector-reported.ts'
import type { Deps } from './deps.ts'
import { sparseAudit } from './sparse-audit.ts'

/** What only the server's end of the lines knows. */
export type RemoteEnd = {
  /** The integrations whose credentials are at a connector. */
  readonly integrations: ReadonlySet<IntegrationId>
  /** A one-time token, which names this server's key. */
  readonly newToken: () => string
  readonly isConnected: (connector: RemoteConnector) => boolean
  readonly hangUp: (connector: string, why: string) => void
}

/** Why an operator's wish about connectors cannot be done. */
export type ConnectorRefusal = 'not-remote' | 'taken' | 'no-such-connector' | 'ambiguous' | 'already-revoked'

/** Connectors beside vaults that the server cannot reach: who may join, who has, and what they report. */
export const remoteConnectors = (deps: Deps, end: RemoteEnd) => {
  const { store, clock, hash, newId, log } = deps
  const sparsely = sparseAudit(deps)
  const about = (
    kind: AuditEvent['kind'],
    { id, integration }: Pick<RemoteConnector, 'id' | 'integration'>,
    detail: AuditEvent['detail'] = {},
    actor: Actor = system,
  ): AuditEvent => ({ at: clock.now(), kind, actor, integration, detail: { connector: id, ...detail } })
  const all = () => store.remoteConnectors()

  return {
    /** The token to join with, which nobody sees again. */
    invite: async (integration: IntegrationId, actor: Actor): Promise<string | { refused: ConnectorRefusal }> => {
      if (!end.integrations.has(integration)) return { refused: 'not-remote' }
      const isTaken = (await all()).some((one) => one.integration === integration && !one.revoked)
      if (isTaken) return { refused: 'taken' }
      const token = end.newToken()
      const invitation = newInvitation({ hash: hash(token), integration, by: actorName(actor), at: clock.now() })
      const { expiresAt } = invitation
      await store.inviteConnector(invitation, [
        { at: clock.now(), kind: 'connector-invited', actor, integration, detail: { until: expiresAt } },
      ])
      return token
    },
    /** All connectors, also revoked ones. */
    list: async () => (await all()).map((one) => ({ ...one, isConnected: end.isConnected(one) })),
    /** Revokes the connector with this id, or this beginning of it, and hangs up. */
    revoke: async (name: string, actor: Actor): Promise<RemoteConnector | { refused: ConnectorRefusal }> => {
      const [found, ...others] = (await all()).filter(({ id }) => id.startsWith(name))
      if (!found) return { refused: 'no-such-connector' }
      if (others.length > 0) return { refused: 'ambiguous' }
      const revoked = { at: clock.now(), by: actorName(actor) }
      const event = about('connector-revoked', found, {}, actor)
      if (!(await store.revokeConnector(found.id, revoked, [event]))) return { refused: 'already-revoked' }
      end.hangUp(found.id, 'it was revoked')
      return { ...found, revoked }
    },
    find: async (id: string) => (await all()).find((one) => one.id === id),
    join: async ({
      token,
      key,
      address,
    }: {
      readonly token: string
      readonly key: string
      readonly address: string
    }): Promise<RemoteConnector | JoinRefusal> => {
      const joining = { id: newId(), key, joinedAt: clock.now(), address }
      const joined = (integration: IntegrationId) => [
        about('connector-joined', { id: joining.id, integration }, { key, address }),
      ]
      const answer = await store.joinConnector(hash(token), joining, joined)
      if (typeof answer !== 'string') log.info({ connector: answer.id, integration: answer.integration }, 'joined')
      return answer
    },
    refused: (why: string, connector?: RemoteConnector): void => {
      const { id, integration } = connector ?? {}
      log.warn({ why, ...(id !== undefined && { connector: id }) }, 'a remote connector was refused')
      sparsely({
        ...{ at: clock.now(), kind: 'connector-refused', actor: system },
        ...(integration !== undefined && { integration }),
        detail: { why, ...(id !== undefined && { connector: id }) },
      })
    },
    connected: (connector: RemoteConnector): void => {
      log.info({ connector: connector.id, integration: connector.integration }, 'a remote connector is connected')
      sparsely(about('connector-connected', connector))
      deps.nudge()
    },
    lost: (connector: RemoteConnector, why: string): void => {
      log.warn({ connector: connector.id, integration: connector.integration, why }, 'a remote connector is away')
      sparsely(about('connector-lost', connector, { why }))
    },
    reported: async (connector: RemoteConnector, report: ConnectorReport): Promise<ServerWord> =>
      connectorReported(deps)(connector, report),
  }
}

export type RemoteConnectors = ReturnType<typeof remoteConnectors>
