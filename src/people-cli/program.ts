import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { type CommandModule, examples } from './context.ts'
import type { Io } from './io.ts'
import { exitMeanings } from './trouble.ts'

type Entry = { readonly name: string; readonly describe: string; readonly load: () => Promise<CommandModule> }

/** One line per command; a module is loaded only when its command is used. */
export const commands: readonly Entry[] = [
  { name: 'sign-in', describe: 'Sign in at a Latchkey', load: () => import('./commands/sign-in.ts') },
  {
    name: 'sign-out',
    describe: 'End the session, and forget all tokens',
    load: () => import('./commands/sign-out.ts'),
  },
  { name: 'whoami', describe: 'Show who you are, and your vaults', load: () => import('./commands/whoami.ts') },
  {
    name: 'login',
    describe: 'Redeem a one-time link, or log in to an access',
    load: () => import('./commands/login.ts'),
  },
  { name: 'vault', describe: 'List and change secrets', load: () => import('./commands/vault.ts') },
  { name: 'request', describe: 'Ask for access, and wait for it', load: () => import('./commands/request.ts') },
  { name: 'pending', describe: 'List requests that wait', load: () => import('./commands/pending.ts') },
  { name: 'approve', describe: 'Approve a request', load: () => import('./commands/approve.ts') },
  { name: 'deny', describe: 'Deny a request', load: () => import('./commands/deny.ts') },
  { name: 'access', describe: 'List your access, and how to use it', load: () => import('./commands/access.ts') },
  { name: 'extend', describe: 'Ask for more time', load: () => import('./commands/extend.ts') },
  {
    name: 'give-back',
    describe: 'End an access that you no longer need',
    load: () => import('./commands/give-back.ts'),
  },
  { name: 'sessions', describe: 'List or end your sessions', load: () => import('./commands/sessions.ts') },
  { name: 'completion', describe: 'Print a script for your shell', load: () => import('./commands/completion.ts') },
]

const codes = Object.entries(exitMeanings).map(([code, meaning]) => `  ${code.padEnd(4)} ${meaning}`)

/** The whole program with the commands that this line needs; with all of them when there is no line. */
export const programFor = async (line: readonly string[] | undefined, io: Io): Promise<Command> => {
  const program = new Command('latchkey')
    .description('Ask for access to secrets, and use it. This is the command for people; operators have another one.')
    .configureOutput({ writeOut: (text) => io.say(text.trimEnd()), writeErr: (text) => io.note(text.trimEnd()) })
    .exitOverride()
    .enablePositionalOptions() // "--version" after a verb is the version of a secret
    .version(ownVersion())
    .showHelpAfterError('(latchkey help COMMAND says more)')
    .addHelpText(
      'after',
      examples('latchkey sign-in --server https://latchkey.example', 'latchkey vault fetch kv/apps/db'),
    )
    .addHelpText('after', `\nExit codes:\n${codes.join('\n')}`)
  const words = line?.filter((word) => !word.startsWith('-'))
  const wanted = words?.[0] === 'help' ? words[1] : words?.[0]
  for (const { name, describe, load } of commands) {
    const command = program.command(name).description(describe)
    if (line !== undefined && name !== wanted) continue
    const { openSafe } = await import('./safe/safe.ts')
    ;(await load()).define(command, { io, safe: openSafe(io) })
  }
  return program
}

/** The version in our package file. The compiled program is one folder deeper than the sources. */
const ownVersion = (): string => {
  for (const place of ['./package.json', '../package.json']) {
    try {
      const { name, version } = JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8'))
      if (name === '@latchkey/cli') return version
    } catch {}
  }
  return 'unknown'
}
