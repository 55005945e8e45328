import { type Command, Option } from 'commander'
import type { Io } from './io.ts'

/** `--config FILE`, for every command that reads the configuration. */
export const withConfigOption = (command: Command): Command =>
  command.addOption(
    new Option('-c, --config <file>', 'the configuration file (else LATCHKEY_CONFIG, else latchkey.yaml)'),
  )

/** The chosen configuration file. */
export const configFile = ({ config }: { readonly config?: string }, io: Pick<Io, 'environment'>): string =>
  config ?? io.environment.LATCHKEY_CONFIG ?? 'latchkey.yaml'

/** `--json` for commands that print a table. */
export const withJsonOption = (command: Command): Command =>
  command.addOption(new Option('--json', 'print JSON instead of a table'))

/** Examples below the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`

/** For options that are repeated or hold several values with commas. */
export const list = (given: string, before: unknown): readonly string[] => [
  ...(Array.isArray(before) ? before : []),
  ...given.split(',').map((one) => one.trim()),
]

/** The two halves of `NAMESPACE/NAME`, as Kubernetes allows them; `undefined` for any other text. */
export const namespacedName = (text: string): { readonly namespace: string; readonly name: string } | undefined => {
  const [, namespace, name] = /^([a-z0-9][a-z0-9-]*)\/([a-z0-9][a-z0-9.-]*)$/.exec(text) ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}
