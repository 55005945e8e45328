import type { Command } from 'commander'
import type { Io } from './io.ts'
import { configFile, examples, withConfigOption } from './options.ts'

export const define = (command: Command, io: Io): void => {
  withConfigOption(command)
    .addHelpText('after', examples('latchkey serve', 'latchkey serve --config /etc/latchkey/latchkey.yaml'))
    .action(async (options: { config?: string }) => {
      const { run } = await import('../main.ts')
      await run(configFile(options, io))
    })
}
