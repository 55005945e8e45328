import type { Credential, Usage } from '../domain/credential.ts'

/** The two programs that speak the vault's protocol. Each reads its own variable prefix first. */
const prefixes = { bao: ['BAO', 'VAULT'], vault: ['VAULT'] } as const

export type Program = keyof typeof prefixes

/** Both programs; the one in the vault's own commands comes first. */
export const programsFor = ({ commands }: Usage): readonly [Program, Program] =>
  commands[0]?.startsWith('vault ') ? ['vault', 'bao'] : ['bao', 'vault']

/**
 * What to paste into bash or zsh to spend the wrapping token and use what it opens. It comes from a command's own
 * variable, where a token left over in the person's home folder does not win against it.
 */
export const terminalCommands = (program: Program, credential: Credential): readonly string[] => {
  const wrapping = quoted(credential.wrappingToken.reveal())
  return inThisShell(program, credential, (own) => [
    `export ${own}_TOKEN="$(${own}_TOKEN=${wrapping} ${program} unwrap -field=token)"`,
  ])
}

/** The same for who has the token already: the shell asks for it, and shows nothing. */
export const commandsForToken = (program: Program, usage: Usage): readonly string[] =>
  inThisShell(program, usage, (own) => [`printf 'Token: '; read -rs ${own}_TOKEN; export ${own}_TOKEN; echo`])

/**
 * The token lives in the environment of this shell only, so the person's own login, which the program keeps in a file,
 * stays. It stands neither in the shell's history nor in the list of processes.
 */
const inThisShell = (
  program: Program,
  { address, namespace, commands }: Usage,
  signIn: (own: 'BAO' | 'VAULT') => readonly string[],
): readonly string[] => {
  const [own] = prefixes[program]
  const leftovers = prefixes[program].flatMap((prefix) => [`${prefix}_TOKEN`, `${prefix}_NAMESPACE`])
  return [
    `unset ${leftovers.join(' ')}`,
    `export ${own}_ADDR=${quoted(address)}`,
    ...(namespace === undefined ? [] : [`export ${own}_NAMESPACE=${quoted(namespace)}`]),
    ...signIn(own),
    ...commands.map((command) => command.replace(/^(bao|vault) /, `${program} `)),
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
