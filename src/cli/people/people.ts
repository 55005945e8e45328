import { type Command, Option } from 'commander'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey people import --from slack > people.yaml', 'latchkey people confirm'))

  command
    .command('import')
    .description('Print the people and groups of a chat as a people file, for review')
    .addOption(new Option('--from <chat>', 'where they are').choices(['slack']).makeOptionMandatory())
    .option('--api-url <url>', 'a simulated Slack on this machine')
    .addHelpText(
      'after',
      `\nNeeds SLACK_BOT_TOKEN with users:read. Optional: usergroups:read for groups,\nusers:read.email for addresses.${examples(
        'SLACK_BOT_TOKEN=xoxb-… latchkey people import --from slack > people.yaml',
      )}`,
    )
    .action(async (options) => (await import('./import-slack.ts')).importFromSlack(options, io))

  withJsonOption(withPlaceOptions(command.command('confirm')))
    .description('End the held-back access of many people who were removed from the people file')
    .option('--yes', 'do not ask for confirmation')
    .addHelpText('after', examples('latchkey people confirm'))
    .action(async (options) => (await import('./confirm.ts')).confirmRemovals(options, io))
}
