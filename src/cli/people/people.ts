import { type Command, Option } from 'commander'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, list, withConfigOption, withJsonOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText(
    'after',
    examples(
      'latchkey people import --from slack > people.yaml',
      'latchkey people add T0123456/U0AAAAAAA --group engineers',
    ),
  )

  withConfigOption(command.command('import'))
    .description('Print the people and groups of a chat as a people file, for review')
    .addOption(new Option('--from <chat>', 'where they are').choices(['slack', 'teams']).makeOptionMandatory())
    .addOption(
      new Option('--conversation <id>', 'of Teams: a channel or group chat with the app, repeatable').argParser(list),
    )
    .option('--graph', 'of Teams: everybody in the tenant, from Microsoft Graph')
    .option('--api-url <url>', 'a simulated Slack or Graph on this machine')
    .addHelpText(
      'after',
      `\nSlack: needs SLACK_BOT_TOKEN with users:read. Optional: usergroups:read for\ngroups, users:read.email for addresses. Teams: asks about the conversations\nas the app of the configuration (else about those that it names), or with\n--graph and GRAPH_TOKEN, an access token with User.Read.All.${examples(
        'SLACK_BOT_TOKEN=xoxb-… latchkey people import --from slack > people.yaml',
        'latchkey people import --from teams > people.yaml',
        'GRAPH_TOKEN=… latchkey people import --from teams --graph > people.yaml',
      )}`,
    )
    .action(async ({ from, ...options }) => {
      if (from === 'slack') await (await import('./import-slack.ts')).importFromSlack(options, io)
      else await (await import('./import-teams.ts')).importFromTeams(options, io)
    })

  withConfigOption(command.command('add'))
    .description('Add a person to the people file, or to a group in it, and show what changed')
    .argument('<account>', 'the account in the chat, such as T0123456/U0AAAAAAA, or TENANT/OBJECT of Entra')
    .option('--chat <name>', 'the chat of the account, if several are configured')
    .option('--key <word>', 'the key of the person (from their short name in the chat)')
    .option('--person <key>', 'who has this account as well, such as one in another chat')
    .option('--name <name>', 'the name of the person (asked of the chat, where its token is set)')
    .addOption(new Option('--group <name>', 'a group to join, repeatable').argParser(list))
    .option('--dry-run', 'show what would change')
    .addHelpText(
      'after',
      examples(
        'latchkey people add T0123456/U0AAAAAAA --group engineers',
        'latchkey people add T0123456/U0BBBBBBB --key dba --name DBA --dry-run',
        'latchkey people add $TENANT/$OBJECT --person dba',
      ),
    )
    .action(async (account: string, options) => (await import('./add.ts')).addPerson(account, options, io))

  withJsonOption(withPlaceOptions(command.command('confirm')))
    .description('End the held-back access of many people who were removed from the people file')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', examples('latchkey people confirm'))
    .action(async (options) => (await import('./confirm.ts')).confirmRemovals(options, io))
}
