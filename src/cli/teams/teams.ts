import type { Command } from 'commander'
import { withTestCommand } from '../chat/test-command.ts'
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

  withTestCommand(command, 'teams', io)
}
