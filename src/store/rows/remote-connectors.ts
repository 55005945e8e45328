import type { Invitation, RemoteConnector } from '../../domain/remote-connector.ts'

/** A connector as its table stores it. */
export type RemoteConnectorRow = Omit<RemoteConnector, 'revoked'> & {
  readonly revokedAt: Invitation['at'] | null
  readonly revokedBy: string | null
}

export const toRemoteConnector = (row: RemoteConnectorRow): RemoteConnector => {
  const { id, integration, key, joinedAt, address, revokedAt, revokedBy } = row
  return {
    ...{ id, integration, key, joinedAt, address },
    ...(revokedAt !== null && revokedBy !== null && { revoked: { at: revokedAt, by: revokedBy } }),
  }
}
