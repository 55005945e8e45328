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
    .addOption(repeated('--chat <name>', 'slack, teams, or both'))
    .option('--workspace <id>', 'the Slack workspace (T…), where no bot token is set')
    .addOption(new Option('--mode <way>', 'how Slack reaches Latchkey').choices(['socket', 'http']))
    .option('--app-id <guid>', 'application (client) id of the bot in Teams')
    .option('--tenant <guid>', 'directory (tenant) id of its registration')
    .addOption(new Option('--credential <kind>', 'how it proves itself to Entra').choices(['secret', 'certificate']))
    .option('--certificate <file>', 'its certificate and private key, PEM')
    .option('--service-url <url>', 'where Teams takes messages, for GCC and other clouds')
    .addOption(
      repeated('--owner <person>', 'who decides: ids, short names or addresses in Slack; "OBJECT-ID Name" in Teams'),
    )
    .addOption(repeated('--requester <person>', 'who may request; or "everybody"'))
    .addOption(repeated('--length <length>', 'a length of access on offer, repeatable (15m, 1h, 4h)'))
    .option('--link <url>', 'where browsers reach Latchkey, for the one-time links')
    .option('--package', 'write the app package for Teams as well, without asking')
    .option('--no-package', 'leave it out')
    .option('--name <word>', 'the name of this vault for people', 'production')
    .option('--setup', 'prepare the vault as well, without asking')
    .option('--no-setup', 'only print the command that prepares the vault')
    .option('--force', 'replace files that exist, without asking')
    .option('--api-url <url>', 'a simulated Slack on this machine')
    .option('--simulator-url <url>', 'a simulated Teams on this machine')
    .addHelpText(
      'after',
      `\nAsks for what no option says, looks at the vault and at the chat, and writes\nlatchkey.yaml, people.yaml, latchkey.env (the secrets that were typed) and, for\nTeams, latchkey-teams.zip. Secrets are typed unseen or are in the environment:\nBAO_TOKEN of an administrator, which is never stored; SLACK_BOT_TOKEN, and\nSLACK_APP_TOKEN or SLACK_SIGNING_SECRET; TEAMS_APP_SECRET or\nTEAMS_APP_CERTIFICATE. An option of one chat chooses that chat.\n${examples(
        'latchkey init',
        'latchkey init --vault https://vault.example.com:8200 --owner ada,dba',
        'latchkey init --chat teams --app-id $APP_ID --tenant $TENANT_ID',
      )}`,
    )
    .action(async (options) => (await import('./run.ts')).initialise(options, io))
}
