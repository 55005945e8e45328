import type { CommandSpec, OptionSpec } from './spec.ts'

const common: Readonly<Record<string, OptionSpec>> = {
  'vault-id': { value: 'integration', describe: 'the vault, by the name that Latchkey gives it' },
  grant: { value: 'access', describe: 'use this access; by default the narrowest that permits it' },
  json: { describe: 'print JSON' },
}
const version = (describe: string): Readonly<Record<string, OptionSpec>> => ({ version: { value: 'number', describe } })
const value: Readonly<Record<string, OptionSpec>> = {
  value: { value: 'json', describe: 'the whole new value, one JSON object; - reads it from standard input' },
  'value-file': { value: 'file', describe: 'a file that contains it' },
}

/** The verbs of secrets, as the documentation names them. The mount of a secret may be left out where that is clear. */
export const vaultCommands: readonly CommandSpec[] = [
  {
    name: 'vault list',
    describe: 'List the secrets that you have access to, or those beneath a folder',
    args: ['[folder]'],
    options: common,
    examples: ['latchkey vault list --vault-id prod', 'latchkey vault list kv/apps/ --json'],
    load: () => import('../commands/vault-list.ts').then(({ list }) => list),
  },
  {
    name: 'vault create',
    describe: 'Create a secret that does not exist yet',
    args: ['<secret>'],
    options: { ...common, ...value },
    examples: [
      `latchkey vault create kv/apps/db --vault-id prod --value '{"key": "value"}'`,
      'latchkey vault create kv/apps/db --value - < value.json',
    ],
    load: () => import('../commands/vault-write.ts').then(({ create }) => create),
  },
  {
    name: 'vault fetch',
    describe: 'Show a secret, or one field exactly as it is',
    args: ['<secret>'],
    options: {
      ...common,
      field: { value: 'name', describe: 'only this field' },
      ...version('an earlier version'),
    },
    examples: ['latchkey vault fetch kv/apps/db --vault-id prod', 'latchkey vault fetch apps/db --field password'],
    load: () => import('../commands/vault-fetch.ts').then(({ fetch }) => fetch),
  },
  {
    name: 'vault update',
    describe: 'Write a new version of a secret, in place of the whole old one',
    args: ['<secret>'],
    options: { ...common, ...value, ...version('only if this is still the latest version') },
    examples: [
      `latchkey vault update kv/apps/db --vault-id prod --value '{"key": "new-value"}'`,
      'latchkey vault update kv/apps/db --version 3 --value-file value.json',
    ],
    load: () => import('../commands/vault-write.ts').then(({ update }) => update),
  },
  {
    name: 'vault delete',
    describe: 'Delete the latest version of a secret; undelete brings it back',
    args: ['<secret>'],
    options: { ...common, ...version('this version and not the latest'), yes: { describe: 'do not ask' } },
    examples: ['latchkey vault delete kv/apps/db --vault-id prod'],
    load: () => import('../commands/vault-delete.ts').then(({ remove }) => remove),
  },
  {
    name: 'vault undelete',
    describe: 'Bring a deleted version of a secret back',
    args: ['<secret>'],
    options: { ...common, ...version('this version and not the latest') },
    examples: ['latchkey vault undelete kv/apps/db --vault-id prod'],
    load: () => import('../commands/vault-delete.ts').then(({ restore }) => restore),
  },
]
