import type { Command } from 'commander'
import type { Io } from './io.ts'
import type { Safe } from './safe/safe.ts'

/** What every command works with. */
export type Context = { readonly io: Io; readonly safe: Safe }

/** The export of a command's module: it adds arguments, options, actions and examples. */
export type CommandModule = { define(command: Command, context: Context): void }

/** Examples below the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`

export const jsonOption = ['--json', 'print JSON'] as const
export const vaultOption = ['--vault-id <integration>', 'the vault, by the name that Latchkey gives it'] as const
