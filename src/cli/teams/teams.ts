import type { Command } from 'commander'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withConfigOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey teams package', 'latchkey teams test --to dba'))

  withConfigOption(command.command('package'))
    .description('Write the app package for Microsoft Teams, for upload in the Teams admin center')
    .option('--app-id <guid>', 'application (client) id of the bot’s registration (else teams.app)')
    .option('--host <host>', 'public host name of Latchkey (else the one of link.baseUrl)')
    .option('--out <file>', 'the file to create', 'latchkey-teams.zip')
    .option('--name <name>', 'name of the app', 'Latchkey')
    .option('--app-version <number>', 'version of the package; Teams takes an update only with a higher one', '1.0.0')
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      examples(
        'latchkey teams package',
        'latchkey teams package --app-id $APP_ID --host latchkey.example.com',
        'latchkey teams package --app-version 1.0.1 --force',
      ),
    )
    .action(async (options) => (await import('./package.ts')).writePackage(options, io))

  withPlaceOptions(command.command('test'))
    .description('Send a person a message with a button through the running server, and wait')
    .requiredOption('--to <key>', 'who gets it: a key of the people file')
    .option('--timeout <length>', 'how long to wait for the press', '2m')
    .addHelpText(
      'after',
      `\nShows that messages, presses and changes of messages work, on the way of real\nones. Pressing gives nothing. Says what to check if no press arrives.\n${examples(
        'latchkey teams test --to dba',
      )}`,
    )
    .action(async (options) => (await import('../chat/try-chat.ts')).tryChat('teams', options, io))
}
