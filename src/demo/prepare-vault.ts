import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Io } from '../cli/io.ts'
import { runCommandLine } from '../cli/main.ts'
import { setupSettings } from '../cli/vault/settings.ts'
import type { OptionalRight, VaultLayout } from '../connectors/vault/management-policy.ts'

/** What an administrator decides when preparing the vault of a world. */
export type Preparation = {
  readonly kvMounts?: readonly string[]
  readonly optionalRights?: readonly OptionalRight[]
  /** Kubernetes and JWT logins at which workloads may get roles. */
  readonly workloadLogins?: readonly string[]
  /** What Latchkey may lend, as in the configuration (`contained`); present: it writes no policies itself. */
  readonly lends?: object
}

/** Where Latchkey works at the vault: enough to configure it, and to log in as it. */
export type PreparedVault = Omit<VaultLayout, 'appRole'> & {
  readonly address: string
  readonly appRoleMount: string
  readonly roleName: string
  /** Has the files `role_id` and `secret_id`. */
  readonly credentialsFolder: string
}

type Place = { readonly address: string; readonly rootToken: string; readonly credentialsFolder: string }

/** Runs `latchkey vault setup`, as an administrator of this machine would. `onProgress` gets the command line. */
export const prepareVault = async (
  { address, rootToken, credentialsFolder }: Place,
  { kvMounts = ['kv'], optionalRights = [], workloadLogins = [], lends }: Preparation = {},
  onProgress: (line: string) => void = () => {},
): Promise<PreparedVault> => {
  const words = [
    ...['vault', 'setup', '--apply', '--address', address],
    ...['--credentials-dir', credentialsFolder, '--unwrapped'],
    ...kvMounts.flatMap((mount) => ['--kv', mount]),
    ...(optionalRights.length > 0 ? ['--with', optionalRights.join(',')] : []),
    ...workloadLogins.flatMap((mount) => ['--workload-login', mount]),
    ...(lends ? ['--attach-only', '--lend', await fileWith(lends)] : []),
  ]
  onProgress(`latchkey ${words.join(' ')}`)
  await runAsAdministrator(words, rootToken)
  const { appRole, prefix, userpassMount, transitMounts } = setupSettings({})
  const layout = { prefix, userpassMount, kvMounts, transitMounts }
  return { ...layout, address, appRoleMount: appRole.mount, roleName: appRole.role, credentialsFolder }
}

/** JSON is YAML, too. */
const fileWith = async (lends: object): Promise<string> => {
  const file = join(await mkdtemp(join(tmpdir(), 'latchkey-lends-')), 'lends.yaml')
  await writeFile(file, JSON.stringify(lends))
  return file
}

/** Throws everything that the command said, unless it succeeds. */
const runAsAdministrator = async (words: readonly string[], rootToken: string): Promise<void> => {
  const said: string[] = []
  const io: Io = {
    environment: { BAO_TOKEN: rootToken },
    width: Number.POSITIVE_INFINITY,
    say: (text = '') => void said.push(text),
    note: (text) => void said.push(text),
    ask: async () => undefined,
    input: async () => '',
  }
  if ((await runCommandLine(words, io)) !== 0) throw new Error(`latchkey ${words.join(' ')}\n${said.join('\n')}`)
}
