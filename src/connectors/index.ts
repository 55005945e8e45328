import { vaultConnector } from './vault/connector.ts'
import { vaultParams } from './vault/params.ts'

/** Every kind of integration: the schema of its settings, and the function that makes its connector. */
export const connectors = {
  vault: { params: vaultParams, create: vaultConnector },
} as const
