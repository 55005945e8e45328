import type { CredentialSource } from '../../connectors/vault/credentials.ts'
import { credentialSource, type VaultParams } from '../../connectors/vault/params.ts'
import type { WorkloadSettings } from '../../connectors/vault/workload-params.ts'
import { usualLoginMounts } from './login-options.ts'
import { ours, vendors } from './settings.ts'
import { line } from './shell.ts'

/** The settings of a configured vault that a set-up command contains. */
type Named = Pick<
  VaultParams,
  'internalUrl' | 'namespace' | 'caFile' | 'namePrefix' | 'userpassMount' | 'approleMount' | 'approleRole'
> & {
  readonly kvMounts: readonly string[]
  readonly transitMounts: readonly string[]
  readonly databaseMounts?: readonly string[]
  readonly sshMounts?: readonly string[]
  readonly pkiMounts?: readonly string[]
  readonly workloads?: WorkloadSettings | undefined
  readonly contained?: object | undefined
  readonly credentials?: VaultParams['credentials']
}

/** How the configured Latchkey logs in, as options of the set-up. Whom the role lets in is only at the vault. */
export const loginOptions = (
  source: CredentialSource,
  { approleMount, approleRole }: Pick<Named, 'approleMount' | 'approleRole'>,
) =>
  source.from === 'token'
    ? { login: source.way, loginMount: source.mount, role: source.role, audience: source.audience }
    : { approleMount, role: approleRole }

/** Whether a vault has the names of the documented `apono-*` set-up, whose mounts are shared with others. */
export const hasVendorNames = ({ namePrefix, approleMount, userpassMount }: Named): boolean =>
  namePrefix === vendors.prefix && approleMount === vendors.approle && userpassMount === vendors.users

/**
 * The complete command that prepares this vault, for a shell with an administrator's token. It removes nothing from the
 * vault.
 */
export const setupCommand = (params: Named, ...more: readonly string[]): string => {
  const { namePrefix, userpassMount } = params
  const usual = hasVendorNames(params) ? vendors : ours
  if (params.contained)
    return atVault(params, ['setup', '--apply'], ['--attach-only', '--config', 'latchkey.yaml', ...more])
  const mounts = (option: string, given: readonly string[]) =>
    given.length === 0 ? [`--no-${option}`] : given.flatMap((mount) => [`--${option}`, mount])
  return atVault(
    params,
    ['setup', '--apply'],
    [
      ...named('--prefix', namePrefix, usual.prefix),
      ...named('--users-mount', userpassMount, usual.users),
      ...mounts('kv', params.kvMounts),
      ...mounts('transit', params.transitMounts),
      ...(['database', 'ssh', 'pki'] as const).flatMap((engine) =>
        (params[`${engine}Mounts`] ?? []).flatMap((mount) => [`--${engine}`, mount]),
      ),
      ...(more.includes('workloads') && params.workloads ? workloadArguments(params.workloads) : []),
      ...more,
    ],
  )
}

/** Where workloads log in, as options of the set-up. */
export const workloadOptions = ({ approleMount, kubernetes, jwt }: WorkloadSettings) => ({
  workloadsMount: approleMount ?? (false as const),
  workloadLogin: [...kubernetes, ...jwt].map(({ mount }) => mount),
})

const workloadArguments = (workloads: WorkloadSettings): readonly string[] => {
  const { workloadsMount, workloadLogin } = workloadOptions(workloads)
  return [
    ...(workloadsMount === false
      ? ['--no-workloads-mount']
      : named('--workloads-mount', workloadsMount, ours.workloads)),
    ...workloadLogin.flatMap((mount) => ['--workload-login', mount]),
  ]
}

/** The command that opens the wrapped secret_id in a folder; it needs no other token. */
export const unwrapCommand = (params: Named, folder: string): string =>
  atVault(params, ['unwrap'], ['--credentials-dir', folder])

const named = (option: string, value: string, otherwise: string) => (value === otherwise ? [] : [option, value])

/** A command of `latchkey vault` at the vault and the role of a configuration. */
const atVault = (params: Named, verb: readonly string[], rest: readonly string[]): string => {
  const { internalUrl, namespace, caFile, approleMount, approleRole, credentials } = params
  const source = credentials && credentialSource({ credentials })
  const isVendors = hasVendorNames(params)
  const usual = isVendors ? vendors : ours
  const command = line(
    ...['latchkey', 'vault', ...verb, '--address', internalUrl],
    ...(caFile === undefined ? [] : ['--ca-file', caFile]),
    ...(isVendors ? ['--vendor-compatible'] : []),
    ...(source?.from === 'token'
      ? [
          ...['--login', source.way],
          ...named('--login-mount', source.mount, usualLoginMounts[source.way]),
          ...named('--role', source.role, usual.role),
          ...['--audience', source.audience],
        ]
      : [...named('--approle-mount', approleMount, usual.approle), ...named('--role', approleRole, usual.role)]),
    ...rest,
  )
  return namespace === undefined ? command : `BAO_NAMESPACE=${line(namespace)} ${command}`
}

/** The same command; it also makes new credentials in the place that this configuration reads. */
export const renewCommand = (params: VaultParams): string => {
  const source = credentialSource(params)
  const folder = source.from === 'folder' ? source.path : 'FOLDER'
  const command = setupCommand(params, '--renew', '--unwrapped', '--credentials-dir', folder)
  return source.from === 'folder' ? command : `${command} # then put both where the configuration reads them`
}
