import type { ConnectorRefusal, RemoteConnectors } from '../app/remote-connectors.ts'
import type { Actor } from '../domain/audit-event.ts'
import { integrationId } from '../domain/ids.ts'
import type { RemoteConnector } from '../domain/remote-connector.ts'
import type { ConnectorLine } from './connection-lines.ts'
import type { Result } from './protocol.ts'
import { ControlRefusal } from './server.ts'

/** The operator's verbs about remote connectors; absent where no integration has one. */
export const connectorAnswers = (remote: RemoteConnectors | undefined) => ({
  invite: async (integration: string, by: Actor): Promise<Result<'invite-connector'>> => {
    const answer = await remote?.invite(integrationId(integration), by)
    if (answer === undefined) throw refusal('not-remote', integration)
    if (typeof answer !== 'string') throw refusal(answer.refused, integration)
    return { token: answer }
  },
  list: async (): Promise<ConnectorLine[]> => ((await remote?.list()) ?? []).map(connectorLine),
  revoke: async (name: string, by: Actor): Promise<ConnectorLine> => {
    const answer = await remote?.revoke(name, by)
    if (answer === undefined) throw refusal('no-such-connector', name)
    if ('refused' in answer) throw refusal(answer.refused, name)
    return connectorLine({ ...answer, isConnected: false })
  },
})

const sentences: Readonly<Record<ConnectorRefusal, (name: string) => string>> = {
  'not-remote': (name) => `no integration "${name}" has "credentials: remote" in the configuration`,
  taken: (name) => `${name} has a connector; revoke it first ("latchkey connectors list")`,
  'no-such-connector': (name) => `there is no connector "${name}"`,
  ambiguous: (name) => `several connectors begin with "${name}"; write more of the id`,
  'already-revoked': (name) => `the connector "${name}" was revoked before`,
}

const refusal = (code: ConnectorRefusal, name: string): ControlRefusal =>
  new ControlRefusal(code, sentences[code](name))

const connectorLine = ({
  id,
  integration,
  key,
  joinedAt,
  address,
  revoked,
  isConnected,
}: RemoteConnector & { readonly isConnected: boolean }): ConnectorLine => ({
  ...{ id, integration, key, joinedAt, address, isConnected },
  ...(revoked && { revokedAt: revoked.at, revokedBy: revoked.by }),
})
