import { CliError, exitCodes } from '../trouble.ts'
import type { Wanted } from '../vault/choose.ts'

/** Options of every verb. */
export type VaultOptions = Wanted & { readonly json?: boolean; readonly version?: string }

/** The number of a version; absent where none was named. */
export const versionIn = ({ version }: VaultOptions): number | undefined => {
  if (version === undefined) return undefined
  if (!/^[1-9]\d{0,8}$/.test(version)) throw new CliError(`${version} is no number of a version`, exitCodes.usage)
  return Number(version)
}
