import type { AuditEvent } from './audit-event.ts'
import type { Proof } from './grant.ts'
import type { GrantId, IntegrationId } from './ids.ts'
import { after, seconds, type Timestamp } from './time.ts'

/** A program beside a vault that the server cannot reach. It joined once, and serves one integration. */
export type RemoteConnector = {
  readonly id: string
  readonly integration: IntegrationId
  /** Its public key (Ed25519, base64url). */
  readonly key: string
  readonly joinedAt: Timestamp
  /** Where the join came from, as the server saw it. */
  readonly address: string
  readonly revoked?: { readonly at: Timestamp; readonly by: string }
}

/** A one-time token to join with, of which only the hash is stored. */
export type Invitation = {
  readonly hash: string
  readonly integration: IntegrationId
  readonly by: string
  readonly at: Timestamp
  readonly expiresAt: Timestamp
}

/** How long an invitation may be used. */
const invitationLife = seconds(3600)

export const newInvitation = (given: Omit<Invitation, 'expiresAt'>): Invitation => ({
  ...given,
  expiresAt: after(given.at, invitationLife),
})

/** Why nobody joined. `taken`: the integration has a connector, which must be revoked first. */
export type JoinRefusal = 'unknown' | 'used' | 'expired' | 'taken'

/** What a connector did or saw alone: a due end, or a wrapping token that was opened before the end of its window. */
export type ConnectorReport =
  | { readonly about: 'ended'; readonly grant: GrantId; readonly proof: Proof }
  | { readonly about: 'opened'; readonly grant: GrantId; readonly issuedAt: Timestamp }

/** The server's word about a report. Of an opened token: whether its person was shown it, or a newer one replaced it. */
export type ServerWord = 'noted' | 'fetched' | 'not-fetched' | 'replaced'

/** What the store remembers about remote connectors. */
export interface RemoteConnectorMemory {
  inviteConnector(invitation: Invitation, audit: readonly AuditEvent[]): Promise<void>
  /** Uses up the invitation and stores its connector, or neither. The connector gets the invitation’s integration. */
  joinConnector(
    hash: string,
    joining: Omit<RemoteConnector, 'integration' | 'revoked'>,
    audit: (integration: IntegrationId) => readonly AuditEvent[],
  ): Promise<RemoteConnector | JoinRefusal>
  /** All of them, also revoked ones, in the order of their joins. */
  remoteConnectors(): Promise<readonly RemoteConnector[]>
  /** `false` when it does not exist or was revoked before. */
  revokeConnector(
    id: string,
    revoked: NonNullable<RemoteConnector['revoked']>,
    audit: readonly AuditEvent[],
  ): Promise<boolean>
}
