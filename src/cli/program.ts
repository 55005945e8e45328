import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Io } from './io.ts'
import { examples } from './options.ts'

/** What a group's module exports: it gives its command options, subcommands, actions and examples. */
export type CommandModule = { define(command: Command, io: Io): void }
export type CommandGroup = {
  readonly name: string
  readonly describe: string
  /** Loaded only when the command is used. Modules import what is heavy (store, servers) inside their actions. */
  readonly load: () => Promise<CommandModule>
}

/** One line a command. */
export const groups: readonly CommandGroup[] = [
  { name: 'serve', describe: 'Start the server', load: () => import('./serve.ts') },
  { name: 'doctor', describe: 'Look at everything that Latchkey depends on', load: () => import('./doctor/doctor.ts') },
  { name: 'health', describe: 'Whether the server answers', load: () => import('./health/health.ts') },
  {
    name: 'config',
    describe: 'Check the configuration, or learn how to write it',
    load: () => import('./config/config.ts'),
  },
  { name: 'slack', describe: 'The manifest of the Slack app', load: () => import('./slack/slack.ts') },
  { name: 'people', describe: 'Draw up the people file, confirm removals', load: () => import('./people/people.ts') },
  {
    name: 'vault',
    describe: 'Prepare a vault, renew credentials, end everything',
    load: () => import('./vault/vault.ts'),
  },
  { name: 'audit', describe: 'See what happened, check and export the log', load: () => import('./audit/audit.ts') },
  { name: 'status', describe: 'How the running server fares', load: () => import('./access/status.ts') },
  { name: 'requests', describe: 'Requests of the running server', load: () => import('./access/requests.ts') },
  { name: 'grants', describe: 'Access that lives, or lived', load: () => import('./access/grants.ts') },
  { name: 'revoke', describe: 'End access now, and wait for the proof', load: () => import('./access/revoke.ts') },
  {
    name: 'completion',
    describe: 'Print a script that completes commands in a shell',
    load: () => import('./completion/completion.ts'),
  },
  {
    name: 'backup',
    describe: 'Copy the database, also while the server runs',
    load: () => import('./database/backup.ts'),
  },
  {
    name: 'restore',
    describe: 'Put a copy back, and say what that means',
    load: () => import('./database/restore.ts'),
  },
]

/** The whole program, with the parts filled in that this line needs; all of them when there is no line. */
export const programFor = async (line: readonly string[] | undefined, io: Io): Promise<Command> => {
  const program = new Command('latchkey')
    .description('Just-in-time access to secrets in HashiCorp Vault and OpenBao, asked for and approved in chat')
    .configureOutput({ writeOut: (text) => io.say(text.trimEnd()), writeErr: (text) => io.note(text.trimEnd()) })
    .exitOverride()
    .showHelpAfterError('(latchkey help COMMAND says more)')
    .version(ownVersion())
    .addHelpText('after', examples('latchkey doctor', 'latchkey vault setup --help'))
  const words = line?.filter((word) => !word.startsWith('-'))
  const wanted = words?.[0] === 'help' ? words[1] : words?.[0]
  for (const { name, describe, load } of groups) {
    const command = program.command(name).description(describe)
    if (line === undefined || name === wanted) (await load()).define(command, io)
  }
  return program
}

const ownVersion = (): string =>
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')).version
