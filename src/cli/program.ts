import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Io } from './io.ts'
import { examples } from './options.ts'

/** The export of a group's module: it adds options, subcommands, actions and examples to its command. */
export type CommandModule = { define(command: Command, io: Io): void }
export type CommandGroup = {
  readonly name: string
  readonly describe: string
  /** Loaded only when the command is used. Modules import heavy parts (store, servers) inside their actions. */
  readonly load: () => Promise<CommandModule>
}

/** One line per command. */
export const groups: readonly CommandGroup[] = [
  { name: 'init', describe: 'Ask, and write the configuration', load: () => import('./init/init.ts') },
  { name: 'serve', describe: 'Start the server', load: () => import('./serve.ts') },
  { name: 'doctor', describe: 'Check everything that Latchkey depends on', load: () => import('./doctor/doctor.ts') },
  { name: 'health', describe: 'Check whether the server answers', load: () => import('./health/health.ts') },
  {
    name: 'config',
    describe: 'Check the configuration, or print an example',
    load: () => import('./config/config.ts'),
  },
  {
    name: 'integration',
    describe: 'Add a vault to the configuration',
    load: () => import('./integration/integration.ts'),
  },
  {
    name: 'slack',
    describe: 'Print the manifest of the Slack app, or try the app',
    load: () => import('./slack/slack.ts'),
  },
  {
    name: 'teams',
    describe: 'Write the package of the Teams app, or try the app',
    load: () => import('./teams/teams.ts'),
  },
  {
    name: 'people',
    describe: 'Add or import people, or confirm held-back removals',
    load: () => import('./people/people.ts'),
  },
  {
    name: 'vault',
    describe: 'Prepare a vault, renew credentials, end everything',
    load: () => import('./vault/vault.ts'),
  },
  {
    name: 'cluster',
    describe: 'Make the keys of a vault in Kubernetes',
    load: () => import('./cluster/cluster.ts'),
  },
  { name: 'audit', describe: 'Read, check and export the audit log', load: () => import('./audit/audit.ts') },
  { name: 'events', describe: 'Send events to their receiver again', load: () => import('./events/events.ts') },
  { name: 'status', describe: 'Show the state of the running server', load: () => import('./access/status.ts') },
  { name: 'who', describe: 'Show who may operate Latchkey', load: () => import('./access/who.ts') },
  { name: 'requests', describe: 'List requests of the running server', load: () => import('./access/requests.ts') },
  { name: 'grants', describe: 'List live and ended access', load: () => import('./access/grants.ts') },
  {
    name: 'erase',
    describe: 'Erase what a person wrote, where it is over and old enough',
    load: () => import('./access/erase.ts'),
  },
  {
    name: 'sessions',
    describe: 'List sessions of terminals and browsers, or end one',
    load: () => import('./access/sessions.ts'),
  },
  {
    name: 'connectors',
    describe: 'Invite, list or revoke remote connectors',
    load: () => import('./connector/connectors.ts'),
  },
  {
    name: 'connector',
    describe: 'Join and run a connector beside a vault that the server cannot reach',
    load: () => import('./connector/connector.ts'),
  },
  { name: 'revoke', describe: 'End access now, and wait for the proof', load: () => import('./access/revoke.ts') },
  {
    name: 'completion',
    describe: 'Print a script that completes commands in a shell',
    load: () => import('./completion/completion.ts'),
  },
  {
    name: 'database',
    describe: 'Prepare PostgreSQL, and copy a file there',
    load: () => import('./database/database.ts'),
  },
  {
    name: 'backup',
    describe: 'Copy the database, even while the server runs',
    load: () => import('./database/backup.ts'),
  },
  {
    name: 'restore',
    describe: 'Restore a copy, and show the consequences',
    load: () => import('./database/restore.ts'),
  },
]

/** The whole program with the commands that this line needs; with all commands when there is no line. */
export const programFor = async (line: readonly string[] | undefined, io: Io): Promise<Command> => {
  const program = new Command('latchkey')
    .description(
      'Just-in-time access to secrets in HashiCorp Vault and OpenBao, asked for and approved in chat. This is the command ' +
        'for operators; people have another one.',
    )
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
