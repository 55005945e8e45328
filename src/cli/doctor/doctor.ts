import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { examples, withConfigOption, withJsonOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  withJsonOption(withConfigOption(command))
    .option('--all', 'list what is in order, too')
    .addHelpText(
      'after',
      `\nExit code 1 if anything needed is missing. Writes nothing; may run beside the\nserver. Logs in once at each vault, which costs one use of a secret_id with\nlimited uses.${examples(
        'latchkey doctor',
        'latchkey doctor --all',
        'latchkey doctor --json | jq \'.[] | select(.state == "missing")\'',
      )}`,
    )
    .action(async (options) => (await import('./examine.ts')).examine(options, io))
}
