import { commands } from '../command-line/commands.ts'
import type { CommandSpec, Context } from '../command-line/spec.ts'
import { bashScript } from '../completion/bash.ts'
import type { Node } from '../completion/words.ts'
import { zshScript } from '../completion/zsh.ts'

export const completion = async ({ io }: Context, [shell]: readonly string[]): Promise<void> =>
  io.say(shell === 'zsh' ? zshScript(tree()) : bashScript(tree()))

const tree = (): readonly Node[] => {
  const help = { name: 'help', describe: 'Show the help of a command' }
  const firsts = new Map(commands.map(({ name, describe }) => [name.split(' ')[0] ?? '', describe]))
  const first = [...firsts].map(([name, describe]) => ({ name, describe }))
  const verbs = commands
    .filter(({ name }) => name.startsWith('vault '))
    .map(({ name, describe }) => ({ name: name.slice('vault '.length), describe }))
  return [
    { path: '', commands: [...first, help], options: [optionOf('help', { describe: 'show the help' })] },
    { path: 'vault', commands: verbs, options: [] },
    ...commands.map(({ name, choices = [], options = {} }) => ({
      path: name,
      commands: choices.map((choice) => ({ name: choice, describe: '' })),
      options: Object.entries({ ...options, help: { describe: 'show the help' } }).map(([one, spec]) =>
        optionOf(one, spec),
      ),
    })),
  ]
}

type Spec = NonNullable<CommandSpec['options']>[string]

const optionOf = (name: string, { value, describe, choices, isOn }: Spec): Node['options'][number] => ({
  ...{ name: `--${isOn ? 'no-' : ''}${name}`, describe },
  value: choices
    ? { kind: 'choice', choices }
    : { kind: value === undefined ? 'none' : value === 'file' ? 'file' : 'any' },
})
