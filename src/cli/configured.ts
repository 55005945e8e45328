import { chatKinds } from '../chat/index.ts'
import { type Config, readConfig } from '../config/read.ts'
import type { VaultParams } from '../connectors/vault/params.ts'
import { vaultParams } from '../connectors/vault/params.ts'
import type { Seconds } from '../domain/time.ts'
import { openOutbound } from '../outbound.ts'
import type { Io } from './io.ts'
import { configFile } from './options.ts'
import { CliError, usageError } from './trouble.ts'

/** The configuration, for commands that use no tokens. Throws a `ConfigError` with every problem. */
export const configuration = (options: { readonly config?: string }, io: Pick<Io, 'environment'>): Config =>
  readConfig({
    file: configFile(options, io),
    environment: io.environment,
    chats: chatKinds,
    paramsOf: { vault: vaultParams },
    secrets: 'ignored',
  })

/** The vault of one integration. */
export type ConfiguredVault = {
  readonly name: string
  readonly params: VaultParams
  /** The longest access on offer. */
  readonly longest: Seconds
}

/** Every configured vault. */
export const vaultsOf = ({ integrations }: Config): readonly ConfiguredVault[] =>
  integrations.map(({ integration: { id, durations }, params }) => ({
    name: id,
    params: vaultParams.parse(params),
    longest: durations.reduce((most, one) => (one > most ? one : most)),
  }))

/** The named vault, or the only one. */
export const chosenVault = (config: Config, name: string | undefined): ConfiguredVault => {
  const all = vaultsOf(config)
  const names = all.map((one) => one.name).join(', ')
  if (name === undefined) {
    if (all.length > 1) throw usageError(`name an integration: ${names}`)
    const [only] = all
    if (only) return only
    throw new CliError('no integration is configured')
  }
  const found = all.find((one) => one.name === name)
  if (!found) throw new CliError(`there is no integration "${name}"; there are: ${names}`)
  return found
}

/** Trusts the configuration's certificates besides the system's. */
export const trustMore = ({ caFile }: Pick<Config, 'caFile'>): void => {
  if (caFile !== undefined) openOutbound({ caFile })
}
