import type { Credential } from '../domain/credential.ts'

/** The two programs that speak the vault's protocol; the first variable prefix is the program's own. */
const prefixes = { bao: ['BAO', 'VAULT'], vault: ['VAULT'] } as const

export type Program = keyof typeof prefixes

/** The program that the vault's own commands name comes first. */
export const programsFor = ({ commands }: Credential): readonly [Program, Program] =>
  commands[0]?.startsWith('vault ') ? ['vault', 'bao'] : ['bao', 'vault']

/**
 * What to paste into bash or zsh. The wrapping token goes in as the session's token, for one command: given as an
 * argument it would lose against a token left over in the person's home folder. The token itself passes through a pipe
 * and so stands neither in the shell's history nor in the list of processes.
 */
export const terminalCommands = (program: Program, credential: Credential): readonly string[] => {
  const [own] = prefixes[program]
  const leftovers = prefixes[program].flatMap((prefix) => [`${prefix}_TOKEN`, `${prefix}_NAMESPACE`])
  const { address, namespace, wrappingToken, commands } = credential
  return [
    `unset ${leftovers.join(' ')}`,
    `export ${own}_ADDR=${quoted(address)}`,
    ...(namespace === undefined ? [] : [`export ${own}_NAMESPACE=${quoted(namespace)}`]),
    `${own}_TOKEN=${quoted(wrappingToken.reveal())} ${program} unwrap -field=token | ${program} login -no-print -`,
    ...commands.map((command) => command.replace(/^(bao|vault) /, `${program} `)),
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
