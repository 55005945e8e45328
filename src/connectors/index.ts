import { remoteConnector } from './remote/connector.ts'
import { vaultConnector } from './vault/connector.ts'
import { vaultParams } from './vault/params.ts'

/** Every kind of integration: the schema of its settings, and the function that makes its connector. */
export const connectors = {
  vault: { params: vaultParams, create: vaultConnector },
  /** The same settings, where a connector beside the vault has the credentials. */
  remote: { params: vaultParams, create: remoteConnector },
} as const
