import type { Command } from 'commander'
import { type Context, examples, jsonOption, vaultOption } from '../context.ts'

/** The verbs of secrets, as the documentation names them. Each action is loaded at its use. */
export const define = (vault: Command, context: Context): void => {
  const verb = (name: string, describe: string) =>
    vault
      .command(name)
      .description(describe)
      .option(...vaultOption)
      .option('--grant <id>', 'use this access; by default the narrowest that permits it')
      .option(...jsonOption)
  const secret = ['<secret>', 'its path; the mount may be left out where that is clear'] as const
  const withValue = (command: Command) =>
    command
      .option('--value <json>', 'the whole new value, one JSON object; - reads it from standard input')
      .option('--value-file <file>', 'a file that contains it')

  verb('list', 'List the secrets that you have access to')
    .argument('[folder]', 'only what lies beneath it')
    .addHelpText('after', examples('latchkey vault list --vault-id prod', 'latchkey vault list kv/apps/ --json'))
    .action(async (folder: string | undefined, options) =>
      (await import('./vault-list.ts')).list(context, folder, options),
    )
  verb('fetch', 'Show a secret')
    .argument(...secret)
    .option('--field <name>', 'only this field, exactly as it is')
    .option('--version <number>', 'an earlier version')
    .addHelpText(
      'after',
      examples('latchkey vault fetch kv/apps/db --vault-id prod', 'latchkey vault fetch apps/db --field password'),
    )
    .action(async (name: string, options) => (await import('./vault-fetch.ts')).fetch(context, name, options))
  withValue(verb('create', 'Create a secret that does not exist yet'))
    .argument(...secret)
    .addHelpText(
      'after',
      examples(
        `latchkey vault create kv/apps/db --vault-id prod --value '{"key": "value"}'`,
        'latchkey vault create kv/apps/db --value - < value.json',
      ),
    )
    .action(async (name: string, options) => (await import('./vault-write.ts')).create(context, name, options))
  withValue(verb('update', 'Write a new version of a secret, in place of the whole old one'))
    .argument(...secret)
    .option('--version <number>', 'only if this is still the latest version')
    .addHelpText(
      'after',
      examples(
        `latchkey vault update kv/apps/db --vault-id prod --value '{"key": "new-value"}'`,
        'latchkey vault update kv/apps/db --version 3 --value-file value.json',
      ),
    )
    .action(async (name: string, options) => (await import('./vault-write.ts')).update(context, name, options))
  verb('delete', 'Delete the latest version of a secret; undelete brings it back')
    .argument(...secret)
    .option('--version <number>', 'this version and not the latest')
    .option('--yes', 'do not ask')
    .addHelpText('after', examples('latchkey vault delete kv/apps/db --vault-id prod'))
    .action(async (name: string, options) => (await import('./vault-delete.ts')).remove(context, name, options))
  verb('undelete', 'Bring a deleted version back')
    .argument(...secret)
    .option('--version <number>', 'this version and not the latest')
    .addHelpText('after', examples('latchkey vault undelete kv/apps/db --vault-id prod'))
    .action(async (name: string, options) => (await import('./vault-delete.ts')).restore(context, name, options))
}
