import type { Credential, Usage } from '../domain/credential.ts'

/** The two programs that speak the vault's protocol. Each reads its own variable prefix first. */
const prefixes = { bao: ['BAO', 'VAULT'], vault: ['VAULT'] } as const

/**
 * Stands for a token that is missing: the vault refuses it. With an empty variable, the program would read with the
 * person's own login in the home folder, and access that has ended would seem to work.
 */
const noToken = 'no-token'

export type Program = keyof typeof prefixes

/** Both programs; the one in the vault's own commands comes first. */
export const programsFor = ({ commands }: Usage): readonly [Program, Program] =>
  commands[0]?.startsWith('vault ') ? ['vault', 'bao'] : ['bao', 'vault']

/**
 * Lines for a POSIX shell that unwrap the token and use it. The wrapping token is in a variable of one command, where it
 * wins over a token in the home folder. If it gives nothing, a word that is no token stands in its place.
 */
export const terminalCommands = (program: Program, credential: Credential): readonly string[] => {
  const wrapping = quoted(credential.wrappingToken.reveal())
  return inThisShell(program, credential, (own) => [
    `export ${own}_TOKEN="$(${own}_TOKEN=${wrapping} ${program} unwrap -field=token || echo ${noToken})"`,
  ])
}

/** The same for a person with the revealed token: bash or zsh asks for it without showing it. */
export const commandsForToken = (program: Program, usage: Usage): readonly string[] => [
  // One command for the shell: it reads all pasted lines first, so that no line is taken for the token.
  '{',
  ...inThisShell(program, usage, (own) => [
    `printf 'Token: '; read -rs ${own}_TOKEN; echo`,
    `export ${own}_TOKEN="\${${own}_TOKEN:-${noToken}}"`,
  ]),
  '}',
]

/** The same for a workload: asks for the wrapping token, and logs in with the secret_id inside. */
export const commandsForWorkload = (program: Program, usage: Usage, roleId: string): readonly string[] => [
  '{',
  ...inThisShell(program, usage, (own) => [
    `printf 'Wrapping token: '; read -rs ${own}_TOKEN; echo; export ${own}_TOKEN`,
    ...logIn(program, own, usage).map((line) => line.replace('ROLE_ID', quoted(roleId))),
  ]),
  '}',
]

/** The same for a workload with a token of its own. */
export const commandsToLogIn = (program: Program, usage: Usage): readonly string[] =>
  inThisShell(program, usage, (own) => logIn(program, own, usage))

const logIn = (program: Program, own: string, { login }: Usage): readonly string[] =>
  (login?.commands ?? []).map(
    (line) => `export ${own}_TOKEN="$(${line.replace(/(?<=^|\| )(bao|vault) /g, `${program} `)} || echo ${noToken})"`,
  )

/**
 * Puts the token into the environment of this shell only, so the person's own login in the program's file stays. Neither
 * the shell history nor the process list contains the token.
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
    ...commands.map((command) => command.replace(/^(eval "\$\()?(?:bao|vault) /, `$1${program} `)),
  ]
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`
