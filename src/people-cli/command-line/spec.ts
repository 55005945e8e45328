import type { Io } from '../io.ts'
import type { Safe } from '../safe/safe.ts'

/** What every command works with. */
export type Context = { readonly io: Io; readonly safe: Safe }

/** An option. `value` names what follows it, such as `file`; an option without one is a switch. */
export type OptionSpec = {
  readonly value?: string
  readonly describe: string
  readonly choices?: readonly string[]
  readonly isNeeded?: true
  /** It is on unless `--no-…` is given; the help shows that form. */
  readonly isOn?: true
}

/** What a line says: the words, and the options by their names in camel case. */
export type Line = {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, string | boolean | undefined>>
}

/** The action of a command. It names the options that its own entry in the table declares. */
type Action = { run(context: Context, args: Line['args'], options: Line['options']): Promise<void> }

/** One command, as data: help, completion and the reading of a line are made from it. */
export type CommandSpec = {
  /** Such as `vault fetch`. */
  readonly name: string
  readonly describe: string
  /** Such as `<secret>`, `[folder]` or `[resource...]`. */
  readonly args?: readonly string[]
  readonly choices?: readonly string[]
  readonly options?: Readonly<Record<string, OptionSpec>>
  readonly examples: readonly string[]
  /** Loaded only when the command is used. */
  readonly load: () => Promise<Action['run']>
}
