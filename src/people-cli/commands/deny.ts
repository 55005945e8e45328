import type { Command } from 'commander'
import { type Context, examples, jsonOption } from '../context.ts'
import { type DecideOptions, decide } from '../grants/decide.ts'

export const define = (command: Command, context: Context): void => {
  command
    .argument('<request>', 'its id, as "latchkey pending" shows it')
    .requiredOption('--note <text>', 'why; whoever asked reads it')
    .option('--yes', 'do not ask')
    .option(...jsonOption)
    .addHelpText('after', examples('latchkey deny r0123456789 --note "use the replica instead"'))
    .action((request: string, options: DecideOptions & { readonly note: string }) =>
      decide(context, request, { verdict: 'deny', note: options.note }, options),
    )
}
