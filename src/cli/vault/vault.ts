import { type Command, Option } from 'commander'
import { optionalRightNames } from '../../connectors/vault/management-policy.ts'
import type { Io } from '../io.ts'
import { examples, list, withConfigOption } from '../options.ts'
import type { KillOptions } from './kill-all.ts'
import type { SetupCommand } from './setup.ts'
import type { UnwrapOptions } from './unwrap.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey vault setup > setup.sh', 'latchkey vault setup --apply'))
  defineSetup(command.command('setup').description('Prepare a vault for Latchkey, or show how it is done'), io)
  defineUnwrap(command.command('unwrap').description('Open the wrapped secret_id where Latchkey runs, once'), io)
  defineRotate(command.command('rotate').description('Renew the secret_id with which Latchkey logs in'), io)
  defineKillAll(command.command('kill-all').description('End all access that was ever given; needs no database'), io)
}

const defineUnwrap = (command: Command, io: Io): void => {
  withVault(command)
    .requiredOption('--credentials-dir <folder>', 'where the wrapped_secret_id lies')
    .option('--vendor-compatible', 'the names of the documented apono-* set-up')
    .option('--approle-mount <path>', 'where Latchkey logs in (latchkey-approle)')
    .option('--role <name>', 'name of the AppRole (latchkey)')
    .addHelpText('after', examples('latchkey vault unwrap --credentials-dir /var/lib/latchkey/credentials'))
    .action(async (options: UnwrapOptions) => (await import('./unwrap.ts')).unwrapSecretId(options, io))
}

const defineRotate = (command: Command, io: Io): void => {
  withConfigOption(command)
    .argument('[integration]', 'which one, if there are several')
    .addHelpText('after', examples('latchkey vault rotate', 'latchkey vault rotate production'))
    .action(async (name: string | undefined, options: { config?: string }) =>
      (await import('./rotate.ts')).rotate(name, options, io),
    )
}

const defineKillAll = (command: Command, io: Io): void => {
  withVault(command)
    .addOption(
      new Option('--prefix <text>', 'what our names begin with, repeatable (latchkey-, apono-)').argParser(list),
    )
    .option('--instance <id>', 'only what one Latchkey made (any)')
    .addOption(new Option('--users-mount <path>', 'userpass mount, repeatable (every one there is)').argParser(list))
    .option('--stop-bot', 'first of all take login and rights away from Latchkey itself')
    .option('--approle-mount <path>', 'with --stop-bot: where it logs in (latchkey-approle)')
    .option('--role <name>', 'with --stop-bot: its role (latchkey)')
    .option('--policy <name>', 'with --stop-bot: its policy (latchkey_management)')
    .option('--yes', 'do not ask')
    .option('--print', 'print the same as a shell script, and do nothing')
    .addOption(new Option('--program <name>', 'with --print: whose commands').choices(['bao', 'vault']))
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      examples(
        'latchkey vault kill-all',
        'latchkey vault kill-all --yes --stop-bot',
        'latchkey vault kill-all --instance 5f3a09c1 --users-mount latchkey-users',
        'latchkey vault kill-all --print > kill-all.sh   # keep it where it can be found on the worst day',
      ),
    )
    .action(async (options: KillOptions) => (await import('./kill-all.ts')).killAll(options, io))
}

const defineSetup = (command: Command, io: Io): void => {
  withVault(command)
    .option('-c, --config <file>', 'take the names from this configuration of Latchkey')
    .option('--integration <name>', 'with --config: which one, if there are several')
    .option('--apply', 'do it, instead of printing the commands')
    .option('--dry-run', 'show what would be changed')
    .option('--remove', 'undo it (prints the commands; with --apply does it)')
    .option('--yes', 'do not ask before removing')
    .option('--json', 'with --dry-run: print JSON')
    .addOption(new Option('--program <name>', 'whose commands to print').choices(['bao', 'vault']))
    .option('--vendor-compatible', 'the names and rights of the documented apono-* set-up')
    .option('--approle-mount <path>', 'where Latchkey logs in (latchkey-approle)')
    .option('--users-mount <path>', 'userpass mount for the people (latchkey-users)')
    .addOption(new Option('--kv <mount>', 'a KV version 2 mount besides those there, repeatable (kv)').argParser(list))
    .option('--no-kv', 'no KV mount besides those there')
    .addOption(
      new Option('--transit <mount>', 'a Transit mount besides those there, repeatable (transit)').argParser(list),
    )
    .option('--no-transit', 'no Transit mount besides those there')
    .option('--only', 'lists of mounts and rights are the whole: take away what they do not name')
    .option('--prefix <text>', 'every name that Latchkey leaves begins with it (latchkey-)')
    .option('--policy <name>', 'name of the management policy')
    .option('--role <name>', 'name of the AppRole (latchkey)')
    .addOption(
      new Option(
        '--with <rights>',
        `optional rights, comma-separated: ${optionalRightNames.join(', ')}, all, or none`,
      ).argParser(list),
    )
    .option('--token-ttl <length>', 'life of the token of Latchkey (60m)')
    .option('--token-max-ttl <length>', 'longest that it can be renewed to (4h)')
    .option('--longest <length>', 'longest access that its people’s mount lets a token live for (32d)')
    .option('--secret-id-ttl <length>', 'life of a secret_id; 0 for ever (0)')
    .option('--secret-id-uses <count>', 'logins that a secret_id is good for; 0 for any (0)')
    .addOption(
      new Option('--cidr <network>', 'from where Latchkey may work, repeatable; none for anywhere').argParser(list),
    )
    .option('--credentials-dir <folder>', 'write role_id and a wrapped secret_id there')
    .option('--unwrapped', 'write the secret_id itself: Latchkey runs on this machine')
    .option('--wrap-ttl <length>', 'how long the wrapped secret_id can be opened (24h)')
    .option('--renew', 'make new credentials although there are some')
    .option('--kubernetes <namespace/name>', 'print the kubectl command that makes the secret')
    .addHelpText(
      'after',
      `\nOn a vault that is set up already, --apply changes only what an option names, and\nprints each change.${examples(
        'latchkey vault setup > setup.sh',
        'latchkey vault setup --dry-run --kv kv --kv team-kv',
        'latchkey vault setup --apply --with all --cidr 10.1.2.3/32 --credentials-dir ./credentials',
        'latchkey vault setup --apply --kubernetes latchkey/latchkey-vault',
        'latchkey vault setup --vendor-compatible --no-transit',
        'latchkey vault setup --remove --apply',
      )}`,
    )
    .action(async (options: SetupCommand & { remove?: boolean; yes?: boolean }) => {
      if (options.remove) return (await import('./remove.ts')).removeSetup(options, io)
      return (await import('./setup.ts')).setUp(options, io)
    })
}

/** Where the vault is; the token comes from the environment only, where `ps` does not show it. */
const withVault = (command: Command): Command =>
  command
    .option('--address <url>', 'the vault (else BAO_ADDR or VAULT_ADDR; token and namespace from BAO_… or VAULT_…)')
    .option('--ca-file <file>', 'certificates to trust, PEM (else BAO_CACERT or VAULT_CACERT)')
