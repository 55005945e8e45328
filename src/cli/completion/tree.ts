import type { Command, Option } from 'commander'
import type { Node, Value } from '../../people-cli/completion/words.ts'

/** Every chain of commands of the program. */
export const commandTree = (program: Command): readonly Node[] => nodesOf(program, '')

const nodesOf = (command: Command, path: string): readonly Node[] => {
  const choices = command.registeredArguments.flatMap(({ argChoices = [] }) => argChoices)
  const commands = [
    ...command.commands.map((one) => ({ name: one.name(), describe: one.description() })),
    ...choices.map((name) => ({ name, describe: '' })),
  ]
  const options = command.options.filter(({ hidden }) => !hidden).map(described)
  const help = { name: '--help', describe: 'show the help', value: { kind: 'none' } as const }
  const below = command.commands.flatMap((one) => nodesOf(one, `${path} ${one.name()}`.trim()))
  return [{ path, commands, options: [...options, help] }, ...below]
}

const described = (option: Option) => ({
  name: option.long ?? option.flags,
  describe: option.description,
  value: valueAfter(option),
})

const valueAfter = (option: Option): Value => {
  if (option.isBoolean() || option.negate) return { kind: 'none' }
  if (option.argChoices) return { kind: 'choice', choices: option.argChoices }
  const name = /<([^>]+)>/.exec(option.flags)?.[1] ?? ''
  if (/file/.test(name)) return { kind: 'file' }
  return { kind: /folder/.test(name) ? 'folder' : 'any' }
}
