import type { Command } from 'commander'
import type { OperatorLines, RoleLine } from '../../control/operator-lines.ts'
import { printable } from '../../terminal.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'

/** `latchkey who` */
export const define = (command: Command, io: Io): void => {
  withJsonOption(withPlaceOptions(command))
    .addHelpText('after', examples('latchkey who', 'latchkey who --json'))
    .action(async (options: PlaceOptions & { json?: boolean }) => {
      const { withServer } = await import('../client.ts')
      const found = await withServer(options, io, (server) => server.ask({ verb: 'operators' }))
      if (options.json) return io.say(JSON.stringify(found, undefined, 2))
      for (const line of operatorTexts(found)) io.say(printable(line))
      const own = found.own.join(', ')
      io.say(printable(`You are ${found.you}${found.isConfigured ? `, with ${own}` : ''}.`))
    })
}

/** Who holds which role, on a line for each. */
export const operatorTexts = ({ isConfigured, roles }: Pick<OperatorLines, 'isConfigured' | 'roles'>): string[] =>
  isConfigured
    ? roles.map(roleText)
    : ['Operators: no roles are configured; whoever may open the control socket does everything there.']

const roleText = ({ role, people, unixUsers, nobody }: RoleLine): string => {
  const holders = [...people.map(({ id, name }) => `${name} (${id})`), ...unixUsers.map((name) => `unix user ${name}`)]
  const empty = nobody.length > 0 ? ` Nobody is behind ${nobody.join(', ')}.` : ''
  return `Operators, ${role}: ${holders.length === 0 ? 'NOBODY' : holders.join(', ')}.${empty}`
}
