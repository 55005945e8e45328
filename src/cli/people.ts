import { type Command, Option } from 'commander'
import type { Io } from './io.ts'
import { examples } from './options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey people import --from slack > people.yaml'))

  command
    .command('import')
    .description('Print the people and groups of a chat as a people file, to be reviewed')
    .addOption(new Option('--from <chat>', 'where they are').choices(['slack']).makeOptionMandatory())
    .option('--api-url <url>', 'another Slack, on this machine only')
    .addHelpText(
      'after',
      `\nNeeds SLACK_BOT_TOKEN with users:read; usergroups:read for groups and users:read.email for addresses, both optional.${examples(
        'SLACK_BOT_TOKEN=xoxb-… latchkey people import --from slack > people.yaml',
      )}`,
    )
    .action(async (options) => (await import('./people/import-slack.ts')).importFromSlack(options, io))
}
