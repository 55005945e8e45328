import type { CommandSpec, OptionSpec } from './spec.ts'

const json: Readonly<Record<string, OptionSpec>> = { json: { describe: 'print JSON' } }

/** What people do about control groups of their vaults. */
export const controlGroupCommands: readonly CommandSpec[] = [
  {
    name: 'control-group report',
    describe: 'Ask the members, where the vault wants a control group to authorise your request',
    args: ['[accessor]'],
    options: {
      'vault-id': { value: 'integration', describe: 'the vault, by the name that Latchkey gives it' },
      wait: { describe: 'wait until it is decided; exit code 5 unless it is authorised' },
      ...json,
    },
    examples: ['latchkey control-group report ACCESSOR', 'latchkey control-group report --wait < wrapped.json'],
    load: () => import('../commands/control-group.ts').then(({ report }) => report),
  },
  {
    name: 'control-group list',
    describe: 'List the control groups that you asked for, told of, or decide on',
    options: json,
    examples: ['latchkey control-group list'],
    load: () => import('../commands/control-group.ts').then(({ list }) => list),
  },
  {
    name: 'control-group authorise',
    describe: 'Print the lines that authorise one with your own token of the vault',
    args: ['<control-group>'],
    options: json,
    examples: ['latchkey control-group authorise CONTROL-GROUP'],
    load: () => import('../commands/control-group.ts').then(({ authorise }) => authorise),
  },
  {
    name: 'control-group deny',
    describe: 'Deny one, or end what was authorised: the vault ends its wrapping token',
    args: ['<control-group>'],
    options: {
      note: { value: 'text', isNeeded: true, describe: 'why; whoever asked reads it' },
      yes: { describe: 'do not ask' },
      ...json,
    },
    examples: ['latchkey control-group deny CONTROL-GROUP --note "use the replica instead"'],
    load: () => import('../commands/control-group.ts').then(({ denyControlGroup }) => denyControlGroup),
  },
]
