/** The words that can follow a chain of commands. */
export type Node = {
  /** The preceding commands, joined by spaces; empty for the program itself. */
  readonly path: string
  readonly commands: readonly Described[]
  readonly options: readonly (Described & { readonly value: Value })[]
}
type Described = { readonly name: string; readonly describe: string }
/** The value that follows an option. */
export type Value =
  | { readonly kind: 'none' | 'any' | 'file' | 'folder' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
