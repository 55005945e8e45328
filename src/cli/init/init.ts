import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples, list, withConfigOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  const repeated = (flags: string, text: string) => new Option(flags, text).argParser(list)
  withConfigOption(command)
    .option('--vault <url>', 'the address of the vault (else BAO_ADDR or VAULT_ADDR)')
    .option('--ca-file <file>', 'the authority of its certificate, PEM (else BAO_CACERT)')
    .addOption(repeated('--kv <mount>', 'a KV version 2 mount on offer, repeatable'))
    .addOption(repeated('--transit <mount>', 'a Transit mount on offer, repeatable'))
    .option('--workspace <id>', 'the Slack workspace (T…), where no bot token is set')
    .addOption(new Option('--mode <way>', 'how Slack reaches Latchkey').choices(['socket', 'http']))
    .addOption(repeated('--owner <person>', 'who decides: ids, short names or addresses in Slack'))
    .addOption(repeated('--requester <person>', 'who may request; or "everybody"'))
    .addOption(repeated('--length <length>', 'a length of access on offer, repeatable (15m, 1h, 4h)'))
    .option('--link <url>', 'where browsers reach Latchkey, for the one-time links')
    .option('--name <word>', 'the name of this vault for people', 'production')
    .option('--setup', 'prepare the vault as well, without asking')
    .option('--no-setup', 'only print the command that prepares the vault')
    .option('--force', 'replace files that exist, without asking')
    .option('--api-url <url>', 'a simulated Slack on this machine')
    .addHelpText(
      'after',
      `\nAsks for what no option says, looks at the vault and at Slack, and writes\nlatchkey.yaml, people.yaml and latchkey.env (the tokens that were typed).\nTokens are typed unseen or come from the environment: BAO_TOKEN of an\nadministrator, which is never stored; SLACK_BOT_TOKEN; SLACK_APP_TOKEN or\nSLACK_SIGNING_SECRET.\n${examples(
        'latchkey init',
        'latchkey init --vault https://vault.example.com:8200 --owner ada,dba',
      )}`,
    )
    .action(async (options) => (await import('./run.ts')).initialise(options, io))
}
