import { vaultConnector } from './vault/connector.ts'
import { vaultParams } from './vault/params.ts'

/** Every kind of integration: how its settings are checked, and how its connector is made. */
export const connectors = {
  vault: { params: vaultParams, create: vaultConnector },
} as const
