import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples, list } from '../options.ts'
import type { KeysCommand } from './keys.ts'

export const define = (command: Command, io: Io): void => {
  command
    .command('keys')
    .description('Make the keys of a vault in this cluster, once; the chart’s Job runs it')
    .requiredOption('--namespace <name>', 'the namespace of the vault')
    .requiredOption('--release <name>', 'the name of the release, with which the names of the Secrets begin')
    .option(
      '--claim <name>',
      'the claim of the vault’s data, by default data-RELEASE-0: where it exists, a lost key is not replaced',
    )
    .option('--internal-url <url>', 'the address of the vault in the cluster, by default that of the Service RELEASE')
    .option('--external-url <url>', 'the address of the vault for people')
    .option('--no-seal', 'make no seal key, because a KMS or another vault seals')
    .option('--no-tls', 'make no certificate, because the vault speaks plain HTTP')
    .addOption(
      new Option('--certificate <who>', 'made here, signed by the authority in RELEASE-ca, or given in RELEASE-tls')
        .choices(['made', 'signed', 'given'])
        .default('made'),
    )
    .option('--admin-key <key>', 'the key of the Secret RELEASE-admin that must be there before the first start')
    .addOption(new Option('--dns-name <name>', 'a host in the certificate, repeatable').argParser(list))
    .addHelpText(
      'after',
      `\nWhat exists is never changed.${examples('latchkey cluster keys --namespace shop --release vault --dns-name vault')}`,
    )
    .action(async (options: KeysCommand) => (await import('./keys.ts')).makeKeys(options, io))
  command.addHelpText('after', examples('latchkey cluster keys --namespace shop --release vault --dns-name vault'))
}
