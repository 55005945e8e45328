import { type Command, Option } from 'commander'
import { optionalRightNames } from '../../connectors/vault/management-policy.ts'
import type { Io } from '../io.ts'
import { examples, list, withConfigOption } from '../options.ts'
import type { KillOptions } from './kill-all.ts'
import type { SetupCommand } from './setup.ts'
import type { StatementsOptions } from './statements.ts'
import type { UnwrapOptions } from './unwrap.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey vault setup > setup.sh', 'latchkey vault setup --apply'))
  defineSetup(command.command('setup').description('Prepare a vault for Latchkey, or print the commands'), io)
  defineUnwrap(command.command('unwrap').description('Unwrap the secret_id on the machine of Latchkey, once'), io)
  defineRotate(command.command('rotate').description('Renew the secret_id with which Latchkey logs in'), io)
  defineStatements(
    command
      .command('database-statements')
      .description('Print revocation statements for PostgreSQL that end sessions and keep what a login owned apart'),
    io,
  )
  defineKillAll(command.command('kill-all').description('End all access that was ever given; needs no database'), io)
}

const defineStatements = (command: Command, io: Io): void => {
  command
    .option('--role <mount/role>', 'print the command that stores them in this role of the vault')
    .addOption(new Option('--program <name>', 'with --role: whose commands').choices(['bao', 'vault']))
    .addHelpText(
      'after',
      examples('latchkey vault database-statements', 'latchkey vault database-statements --role database/app | sh'),
    )
    .action(async (options: StatementsOptions) => (await import('./statements.ts')).printStatements(options, io))
}

const defineUnwrap = (command: Command, io: Io): void => {
  withVault(command)
    .requiredOption('--credentials-dir <folder>', 'the folder with the wrapped_secret_id')
    .option('--vendor-compatible', 'the names of the documented apono-* set-up')
    .option('--approle-mount <path>', 'where Latchkey logs in (latchkey-approle)')
    .option('--role <name>', 'name of the AppRole (latchkey)')
    .addHelpText('after', examples('latchkey vault unwrap --credentials-dir /var/lib/latchkey/credentials'))
    .action(async (options: UnwrapOptions) => (await import('./unwrap.ts')).unwrapSecretId(options, io))
}

const defineRotate = (command: Command, io: Io): void => {
  withConfigOption(command)
    .argument('[integration]', 'its name, if there are several')
    .addHelpText('after', examples('latchkey vault rotate', 'latchkey vault rotate production'))
    .action(async (name: string | undefined, options: { config?: string }) =>
      (await import('./rotate.ts')).rotate(name, options, io),
    )
}

const defineKillAll = (command: Command, io: Io): void => {
  withVault(command)
    .addOption(
      new Option('--prefix <text>', 'prefix of the names to remove, repeatable (latchkey-, apono-)').argParser(list),
    )
    .option('--instance <id>', 'only names of one Latchkey instance (any)')
    .addOption(new Option('--users-mount <path>', 'userpass mount, repeatable (all mounts)').argParser(list))
    .addOption(
      new Option(
        '--lent-role <name>',
        'token role of --attach-only, whose tokens all end, repeatable (latchkey-lend, and those in the policy)',
      ).argParser(list),
    )
    .option('--stop-bot', 'first remove the login and rights of Latchkey itself')
    .option('--approle-mount <path>', 'with --stop-bot: where it logs in (latchkey-approle)')
    .option('--role <name>', 'with --stop-bot: its role (latchkey)')
    .option('--policy <name>', 'the policy of Latchkey itself (latchkey_management)')
    .option('--yes', 'do not ask')
    .option('--print', 'print a shell script that does the same, and do nothing')
    .addOption(new Option('--program <name>', 'with --print: whose commands').choices(['bao', 'vault']))
    .option('--json', 'print JSON instead of a table')
    .addHelpText(
      'after',
      examples(
        'latchkey vault kill-all',
        'latchkey vault kill-all --yes --stop-bot',
        'latchkey vault kill-all --instance 5f3a09c1 --users-mount latchkey-users',
        'latchkey vault kill-all --print > kill-all.sh   # keep it for an emergency',
      ),
    )
    .action(async (options: KillOptions) => (await import('./kill-all.ts')).killAll(options, io))
}

const defineSetup = (command: Command, io: Io): void => {
  withVault(command)
    .option('-c, --config <file>', 'read the names from this configuration of Latchkey')
    .option('--integration <name>', 'with --config: the name of the integration, if there are several')
    .option('--apply', 'apply the changes instead of printing the commands')
    .option('--dry-run', 'show what would change')
    .option('--remove', 'undo the set-up (prints the commands; applies them with --apply)')
    .option('--yes', 'do not ask before removing')
    .option('--json', 'with --dry-run: print JSON')
    .addOption(new Option('--program <name>', 'whose commands to print').choices(['bao', 'vault']))
    .option('--attach-only', 'let Latchkey lend policies that you write here, and write none itself')
    .option('--lend <file>', 'with --attach-only: policies and roles as in the configuration (contained), YAML')
    .addOption(
      new Option(
        '--gives <path=permissions>',
        'instead: one policy, such as kv/shop/*=read or ssh/prod/deploy=sign with --ssh ssh, repeatable',
      ).argParser((one: string, others: readonly string[] = []) => [...others, one]),
    )
    .option('--vendor-compatible', 'the names and rights of the documented apono-* set-up')
    .option('--approle-mount <path>', 'where Latchkey logs in (latchkey-approle)')
    .addOption(
      new Option('--login <way>', 'how Latchkey logs in; best in a cluster: kubernetes (approle)').choices([
        'approle',
        'kubernetes',
        'jwt',
      ]),
    )
    .option('--login-mount <path>', 'with kubernetes or jwt: the mount of that method (its name)')
    .option('--service-account <namespace/name>', 'with kubernetes: the only account that may log in')
    .option('--audience <text>', 'with kubernetes or jwt: the only audience (vault; needed for jwt)')
    .option('--kubernetes-host <url>', 'for a vault outside of the cluster: the API server')
    .option('--kubernetes-ca-file <file>', 'for the same: its authority, PEM')
    .option('--reviewer-token-file <file>', 'for the same: a token whose account has system:auth-delegator')
    .option('--subject <text>', 'with jwt: the only subject that may log in')
    .option('--issuer <url>', 'with jwt: the only issuer, which the vault asks for its keys')
    .option('--jwt-keys <file>', 'with jwt: the public key of the issuer instead, PEM')
    .option('--users-mount <path>', 'userpass mount for the people (latchkey-users)')
    .addOption(new Option('--kv <mount>', 'another KV version 2 mount, repeatable (kv)').argParser(list))
    .option('--no-kv', 'no other KV mount')
    .addOption(new Option('--transit <mount>', 'another Transit mount, repeatable (transit)').argParser(list))
    .option('--no-transit', 'no other Transit mount')
    .addOption(
      new Option('--database <mount>', 'a database mount whose roles are on offer, repeatable').argParser(list),
    )
    .addOption(new Option('--ssh <mount>', 'an SSH mount whose roles are on offer, repeatable').argParser(list))
    .addOption(new Option('--pki <mount>', 'a PKI mount whose roles are on offer, repeatable').argParser(list))
    .option('--only', 'remove mounts and rights that no option names')
    .option('--prefix <text>', 'prefix of every name that Latchkey creates (latchkey-)')
    .option('--policy <name>', 'name of the management policy')
    .option('--role <name>', 'name of the AppRole (latchkey)')
    .addOption(
      new Option(
        '--with <rights>',
        `optional rights, comma-separated: ${optionalRightNames.join(', ')}, all, or none`,
      ).argParser(list),
    )
    .option('--workloads-mount <path>', 'with the right workloads: AppRole mount for jobs (latchkey-workloads)')
    .option('--no-workloads-mount', 'no jobs, only the logins that --workload-login names')
    .addOption(
      new Option('--workload-login <mount>', 'Kubernetes or JWT login for workloads, repeatable').argParser(list),
    )
    .option('--token-ttl <length>', 'life of the token of Latchkey (60m)')
    .option('--token-max-ttl <length>', 'longest life of that token after renewals (4h)')
    .option('--longest <length>', 'longest life of a person’s token (32d; with --attach-only 8h)')
    .option('--secret-id-ttl <length>', 'life of a secret_id; 0 for no limit (0)')
    .option('--secret-id-uses <count>', 'number of logins with one secret_id; 0 for no limit (0)')
    .addOption(
      new Option('--cidr <network>', 'network from which Latchkey may work, repeatable; none for anywhere').argParser(
        list,
      ),
    )
    .option('--credentials-dir <folder>', 'write role_id and a wrapped secret_id there')
    .option('--unwrapped', 'write the secret_id itself, because Latchkey runs on this machine')
    .option('--wrap-ttl <length>', 'how long the secret_id can be unwrapped (24h)')
    .option('--renew', 'make new credentials even if some exist')
    .option('--kubernetes <namespace/name>', 'print the kubectl command that makes the secret')
    .addHelpText(
      'after',
      `\nOn a prepared vault, --apply changes only what an option names, and prints each\nchange.${examples(
        'latchkey vault setup > setup.sh',
        'latchkey vault setup --dry-run --kv kv --kv team-kv',
        'latchkey vault setup --apply --cidr 10.1.2.3/32 --credentials-dir ./creds',
        'latchkey vault setup --apply --kubernetes latchkey/latchkey-vault',
        'latchkey vault setup --login kubernetes --service-account latchkey/latchkey',
        'latchkey vault setup --attach-only --gives kv/shop/*=read --longest 4h',
        'latchkey vault setup --vendor-compatible --no-transit',
        'latchkey vault setup --remove --apply',
      )}`,
    )
    .action(async (options: SetupCommand & { remove?: boolean; yes?: boolean }) => {
      if (options.remove) return (await import('./remove.ts')).removeSetup(options, io)
      return (await import('./setup.ts')).setUp(options, io)
    })
}

/** Names the vault. The token comes from the environment only, where `ps` does not show it. */
const withVault = (command: Command): Command =>
  command
    .option('--address <url>', 'the vault (else BAO_ADDR or VAULT_ADDR; token and namespace from BAO_… or VAULT_…)')
    .option('--ca-file <file>', 'certificates to trust, PEM (else BAO_CACERT or VAULT_CACERT)')
