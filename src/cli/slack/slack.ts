import type { Command } from 'commander'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey slack manifest > slack.yaml', 'latchkey slack test --to dba'))

  command
    .command('manifest')
    .description('Print the manifest of the Slack app, for import at api.slack.com/apps')
    .option('--host <host>', 'public host name of Latchkey, for signed HTTP; without it the app uses Socket Mode')
    .option('--command <word>', 'the slash command', '/vault')
    .option('--name <name>', 'name of the app', 'Latchkey')
    .addHelpText(
      'after',
      examples(
        'latchkey slack manifest > slack.yaml',
        'latchkey slack manifest --host latchkey.example.com --command /secrets',
      ),
    )
    .action(async (options) => (await import('./manifest.ts')).printManifest(options, io))

  withPlaceOptions(command.command('test'))
    .description('Send a person a message with a button through the running server, and wait')
    .requiredOption('--to <key>', 'who gets it: a key of the people file')
    .option('--timeout <length>', 'how long to wait for the press', '2m')
    .addHelpText(
      'after',
      `\nShows that messages, presses and changes of messages work, on the way of real\nones. Pressing gives nothing. Says what to check if no press arrives.\n${examples(
        'latchkey slack test --to dba',
        'latchkey slack test --to dba --timeout 30s',
      )}`,
    )
    .action(async (options) => (await import('../chat/try-chat.ts')).tryChat('slack', options, io))
}
