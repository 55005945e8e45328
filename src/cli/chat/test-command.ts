import type { Command } from 'commander'
import type { Platform } from '../../domain/platform.ts'
import { withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'

/** Adds the command `test` of a chat: a message whose button only shows that presses arrive. */
export const withTestCommand = (command: Command, chat: Platform, io: Io): void => {
  withPlaceOptions(command.command('test'))
    .description('Send a person a message with a button through the running server, and wait')
    .requiredOption('--to <key>', 'who gets it: a key of the people file')
    .option('--timeout <length>', 'how long to wait for the press', '2m')
    .addHelpText(
      'after',
      `\nShows that messages, presses and changes of messages work, on the way of real\nones. Pressing gives nothing. Says what to check if no press arrives.\n${examples(
        `latchkey ${chat} test --to dba`,
        `latchkey ${chat} test --to dba --timeout 30s`,
      )}`,
    )
    .action(async (options) => (await import('./try-chat.ts')).tryChat(chat, options, io))
}
