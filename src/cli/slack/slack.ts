import type { Command } from 'commander'
import { withTestCommand } from '../chat/test-command.ts'
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

  withTestCommand(command, 'slack', io)
}
