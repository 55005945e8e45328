import type { Command } from 'commander'
import { type Context, examples, jsonOption } from '../context.ts'
import { type DecideOptions, decide } from '../grants/decide.ts'

type Options = DecideOptions & { readonly note?: string; readonly for?: string }

export const define = (command: Command, context: Context): void => {
  command
    .argument('<request>', 'its id, as "latchkey pending" shows it')
    .option('--note <text>', 'a word to whoever asked')
    .option('--for <length>', 'for a shorter time than was asked for')
    .option('--policy', 'show the exact policy first')
    .option('--yes', 'do not ask')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey approve r0123456789', 'latchkey approve r0123456789 --for 30m'))
    .action((request: string, options: Options) =>
      decide(context, request, { verdict: 'approve', note: options.note, duration: options.for }, options),
    )
}
