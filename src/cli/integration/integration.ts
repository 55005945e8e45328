import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples, list, withConfigOption } from '../options.ts'
import type { AddOptions } from './answers.ts'

export const define = (command: Command, io: Io): void => {
  const shown = examples('latchkey integration add --from-kubernetes vault/vault')
  command.addHelpText('after', shown)
  withConfigOption(command.command('add').description('Add a vault to the configuration, or print its entry'))
    .option('--from-kubernetes <release>', 'NAMESPACE/RELEASE of an installed vault, or - for standard input')
    .option('--name <name>', 'the name that people see and type')
    .option('--internal-url <url>', 'the address of the vault for Latchkey')
    .option('--external-url <url>', 'the address of the vault for people, if it differs')
    .option('--secret <name>', 'NAMESPACE/NAME of the Kubernetes secret with role_id and secret_id')
    .option(
      '--kubernetes-role <name>',
      'better in a cluster, without a secret: log in by Kubernetes auth with this role',
    )
    .option('--audience <text>', 'with that: the audience of the token (vault)')
    .option('--ca-file <file>', 'a file with the authority of the vault; else one is written where it is known')
    .addOption(
      new Option('--requester <party>', 'who may request, such as group:engineers, repeatable').argParser(list),
    )
    .addOption(new Option('--owner <party>', 'who decides where no resource owner does, repeatable').argParser(list))
    .option('--owner-key <key>', 'the key in the metadata of secrets that names the resource owner')
    .addOption(new Option('--owner-allow <party>', 'an owner that this key may name, repeatable').argParser(list))
    .addOption(
      new Option('--manage <path>', 'PATH=ReadOnly, ReadWrite or Admin: a folder to manage, repeatable').argParser(
        list,
      ),
    )
    .option('--access-details <text>', 'what people read beside their credential, at most 400 characters')
    .option('--print', 'print the entry, and write nothing')
    .addHelpText(
      'after',
      `\nAsks at a terminal for what no option says.${examples(
        'latchkey integration add --from-kubernetes vault/vault',
        'latchkey integration add --from-kubernetes - --print',
        'latchkey integration add --kubernetes-role latchkey --name production',
      )}`,
    )
    .action(async (options: AddOptions) => (await import('./add.ts')).addIntegration(options, io))
}
