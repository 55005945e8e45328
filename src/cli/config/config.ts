import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { examples, withConfigOption, withJsonOption } from '../options.ts'

export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey config check', 'latchkey config example > latchkey.yaml'))

  withJsonOption(withConfigOption(command.command('check')))
    .description('List every problem of the configuration and the people file, by line and key')
    .option('--without-secrets', 'check neither tokens, certificates nor the folder of credentials')
    .addHelpText(
      'after',
      examples('latchkey config check', 'latchkey config check --without-secrets --config latchkey.yaml   # as in CI'),
    )
    .action(async (options) => (await import('./check.ts')).checkConfig(options, io))

  withConfigOption(command.command('show'))
    .description('Print the configuration as code, without secrets')
    .addOption(
      new Option('--as <form>', 'yaml, or values of the chart latchkey').choices(['yaml', 'helm']).default('yaml'),
    )
    .addHelpText('after', examples('latchkey config show', 'latchkey config show --as helm'))
    .action(async (options) => (await import('./show.ts')).showConfig(options, io))

  command
    .command('schema')
    .description('Print the JSON Schema of the configuration file, for editors')
    .addHelpText(
      'after',
      `\nAn editor finds it by the first line of the configuration:\n  # yaml-language-server: $schema=latchkey.schema.json\n${examples('latchkey config schema > latchkey.schema.json')}`,
    )
    .action(async () => (await import('./schema.ts')).printSchema(io))

  command
    .command('example')
    .description('Print a configuration file with every key explained')
    .addHelpText('after', examples('latchkey config example > latchkey.yaml'))
    .action(async () => (await import('./example.ts')).printExample(io))
}
