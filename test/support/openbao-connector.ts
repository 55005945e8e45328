import { type VaultConnector, vaultConnector } from '../../src/connectors/vault/connector.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { instanceId, integrationId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'

const realClock = { now: () => timestamp(Date.now()) }

/** The vault connector for a prepared corner of a server; `more` is laid over its parameters. */
export const connectorTo = (
  prepared: PreparedVault,
  more: object = {},
  instance = 'i0test',
  clock = realClock,
  pod?: { readonly env: Readonly<Record<string, string>>; readonly accountFolder: string },
): VaultConnector =>
  vaultConnector({
    ...(pod && { pod: { accountFolder: pod.accountFolder }, environment: pod.env }),
    integration: integrationId('example'),
    instance: instanceId(instance),
    clock,
    params: {
      internalUrl: prepared.address,
      credentials: { folder: prepared.credentialsFolder },
      namePrefix: prepared.prefix,
      kvMounts: prepared.kvMounts,
      transitMounts: prepared.transitMounts,
      databaseMounts: prepared.databaseMounts ?? [],
      sshMounts: prepared.sshMounts ?? [],
      pkiMounts: prepared.pkiMounts ?? [],
      userpassMount: prepared.userpassMount,
      approleMount: prepared.appRoleMount,
      ...more,
    },
  })
