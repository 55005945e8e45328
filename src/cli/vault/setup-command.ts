import type { VaultParams } from '../../connectors/vault/params.ts'
import { ours, vendors } from './settings.ts'
import { line } from './shell.ts'

/** The settings of a configured vault that a set-up command contains. */
type Named = Pick<
  VaultParams,
  | 'internalUrl'
  | 'namespace'
  | 'caFile'
  | 'namePrefix'
  | 'userpassMount'
  | 'approleMount'
  | 'approleRole'
  | 'kvMounts'
  | 'transitMounts'
>

/** Whether a vault has the names of the documented `apono-*` set-up, whose mounts are shared with others. */
export const hasVendorNames = ({ namePrefix, approleMount, userpassMount }: Named): boolean =>
  namePrefix === vendors.prefix && approleMount === vendors.approle && userpassMount === vendors.users

/**
 * The complete command that prepares this vault, for a shell with an administrator's token. It removes nothing from the
 * vault.
 */
export const setupCommand = (params: Named, ...more: readonly string[]): string => {
  const { namespace, caFile, namePrefix, userpassMount, approleMount, approleRole } = params
  const isVendors = hasVendorNames(params)
  const usual = isVendors ? vendors : ours
  const named = (option: string, value: string, otherwise: string) => (value === otherwise ? [] : [option, value])
  const mounts = (option: string, given: readonly string[]) =>
    given.length === 0 ? [`--no-${option}`] : given.flatMap((mount) => [`--${option}`, mount])
  const command = line(
    'latchkey',
    ...['vault', 'setup', '--apply', '--address', params.internalUrl],
    ...(caFile === undefined ? [] : ['--ca-file', caFile]),
    ...(isVendors ? ['--vendor-compatible'] : []),
    ...named('--prefix', namePrefix, usual.prefix),
    ...named('--users-mount', userpassMount, usual.users),
    ...named('--approle-mount', approleMount, usual.approle),
    ...named('--role', approleRole, usual.role),
    ...mounts('kv', params.kvMounts),
    ...mounts('transit', params.transitMounts),
    ...more,
  )
  return namespace === undefined ? command : `BAO_NAMESPACE=${line(namespace)} ${command}`
}

/** The same command; it also makes new credentials in the place that this configuration reads. */
export const renewCommand = (params: VaultParams): string => {
  const { credentials } = params
  const folder = 'folder' in credentials ? credentials.folder : 'FOLDER'
  const command = setupCommand(params, '--renew', '--unwrapped', '--credentials-dir', folder)
  return 'folder' in credentials ? command : `${command} # then put both where the configuration reads them`
}
