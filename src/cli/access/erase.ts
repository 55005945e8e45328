import type { Command } from 'commander'
import type { ErasureLine } from '../../control/protocol.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'

type Options = PlaceOptions & { readonly dryRun?: boolean; readonly json?: boolean }

/** `latchkey erase` */
export const define = (command: Command, io: Io): void => {
  withJsonOption(withPlaceOptions(command))
    .argument('<person>', 'the key of the person in the people file, who may have left it, or pipeline-KEY')
    .option('--dry-run', 'only count what would be erased')
    .addHelpText(
      'after',
      `\nErases reasons, notes, names of machines and addresses that are older\nthan keep, for good; of pipeline-KEY also who started its runs.\nWho did what, and when, stays.${examples(
        'latchkey erase developer --dry-run',
        'latchkey erase developer',
      )}`,
    )
    .action((person: string, options: Options) => erase(person, options, io))
}

const erase = async (person: string, options: Options, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const isTrial = options.dryRun === true
  await withServer(options, io, async (server) => {
    const found = await server.ask({ verb: 'erase', person, isTrial })
    if (options.json) return io.say(JSON.stringify(found, undefined, 2))
    for (const line of linesAbout(person, found, isTrial)) io.say(line)
  })
}

const linesAbout = (
  person: string,
  { reasons, notes, runs, addresses, rows, older, kept }: ErasureLine,
  isTrial: boolean,
): string[] => [
  `${isTrial ? 'Would be erased' : 'Erased'} of ${person}: ${counted(reasons, 'reason')}, ${counted(notes, 'note')}, ${runs > 0 ? `who started ${counted(runs, 'run')}, ` : ''}${addresses > 0 ? `the addresses of ${counted(addresses, 'receipt')}, ` : ''}and the words of ${counted(rows, 'audit row')}.`,
  ...(kept > 0 ? [`Kept: ${counted(kept, 'request')}, not over yet or younger than keep.`] : []),
  ...(older > 0
    ? [`Not erasable: ${counted(older, 'audit row')} from before this release, whose words are part of the chain.`]
    : []),
  'Not in this database, so erase them there: the name in the people file, messages in chat, backups, and what receivers of the audit log and of events have.',
]

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`
