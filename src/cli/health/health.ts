import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { examples, withConfigOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  withConfigOption(command)
    .addHelpText(
      'after',
      `\nAsks /healthz at the configured address of the server, and waits 4 seconds at
most. Exit code 1 if there is no answer. Needs no secrets.${examples('latchkey health', 'latchkey health --config /etc/latchkey/latchkey.yaml')}`,
    )
    .action(async (options: { config?: string }) => (await import('./ask.ts')).askHealth(options, io))
}
