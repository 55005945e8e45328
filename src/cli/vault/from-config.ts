import { credentialSource } from '../../connectors/vault/params.ts'
import { chosenVault, configuration } from '../configured.ts'
import type { Io } from '../io.ts'
import type { SetupCommand } from './setup.ts'
import { hasVendorNames, loginOptions, workloadOptions } from './setup-command.ts'

/** Completes the command line from the named configuration of Latchkey, if there is one. */
export const fromConfig = (options: SetupCommand, io: Io): SetupCommand => {
  if (options.config === undefined) return options
  const { params } = chosenVault(configuration(options, io), options.integration)
  const isRenewal = options.renew && options.credentialsDir === undefined && options.kubernetes === undefined
  const source = credentialSource(params)
  return {
    ...(!io.environment.BAO_ADDR && !io.environment.VAULT_ADDR && { address: params.internalUrl }),
    ...(params.caFile !== undefined && { caFile: params.caFile }),
    ...(params.namespace !== undefined && { namespace: params.namespace }),
    vendorCompatible: hasVendorNames(params),
    ...loginOptions(source, params),
    usersMount: params.userpassMount,
    prefix: params.namePrefix,
    ...(params.workloads && workloadOptions(params.workloads)),
    kv: params.kvMounts.length > 0 && params.kvMounts,
    transit: params.transitMounts.length > 0 && params.transitMounts,
    database: params.databaseMounts,
    ssh: params.sshMounts,
    pki: params.pkiMounts,
    // Never a command that would give such a bot more than it has.
    ...(params.contained && { attachOnly: true, contained: params.contained, certificateLife: params.certificateLife }),
    ...(isRenewal && source.from === 'folder' && { credentialsDir: source.path }),
    ...options,
  }
}
