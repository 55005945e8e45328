import type { Command } from 'commander'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples } from '../options.ts'
import { usageError } from '../trouble.ts'

/** `latchkey events …` asks the running server. */
export const define = (command: Command, io: Io): void => {
  command.addHelpText('after', examples('latchkey events replay --after 1207'))

  withPlaceOptions(command.command('replay'))
    .description('Send the events after a row of the audit log to their receiver again')
    .requiredOption('--after <number>', 'the last row that the receiver keeps; 0 replays everything', rowOf)
    .addHelpText('after', examples('latchkey events replay --after 1207'))
    .action((options: PlaceOptions & { after: number }) => replay(options, io))
}

const replay = async (options: PlaceOptions & { after: number }, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { after } = options
  const { rows, upTo } = await withServer(options, io, (server) => server.ask({ verb: 'replay-events', after }))
  io.say(
    rows === 0
      ? `Nothing to send again: the receiver has no row after ${after}; it has row ${upTo}, and gets what follows.`
      : `The events of rows ${after + 1} to ${upTo} are sent again, then what follows. See "latchkey status".`,
  )
}

const rowOf = (text: string): number => {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw usageError(`--after: "${text}" is not the number of a row; write 0 or more`)
}
