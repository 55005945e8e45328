import type { Command } from 'commander'
import type { SessionLine } from '../../control/connection-lines.ts'
import { shortId } from '../audit/list.ts'
import { momentText } from '../audit/options.ts'
import { type PlaceOptions, withPlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { examples, withJsonOption } from '../options.ts'
import { type Column, printTable } from '../table.ts'

type Options = PlaceOptions & { readonly person?: string; readonly end?: string; readonly json?: boolean }

/** `latchkey sessions` */
export const define = (command: Command, io: Io): void => {
  withJsonOption(withPlaceOptions(command))
    .option('--person <person>', 'only sessions of this person')
    .option('--end <session>', 'end the session with this id, or this beginning of it')
    .addHelpText('after', examples('latchkey sessions', 'latchkey sessions --end 3f2a91c0'))
    .action((options: Options) => sessions(options, io))
}

const sessions = async (options: Options, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  const { person, end, json } = options
  await withServer(options, io, async (server) => {
    if (end === undefined) {
      const rows = await server.ask({ verb: 'sessions', person })
      return printTable(io, columns, rows, { json, empty: 'Nobody is signed in.' })
    }
    const ended = await server.ask({ verb: 'end-session', session: end })
    io.say(json ? JSON.stringify(ended, undefined, 2) : `The session of ${ended.person} at ${ended.label} has ended.`)
  })
}

const columns: readonly Column<SessionLine>[] = [
  { title: 'session', of: ({ id }) => shortId(id) },
  { title: 'who', of: ({ person }) => person },
  { title: 'kind', of: ({ kind }) => kind },
  { title: 'rights', of: ({ rights }) => rights },
  { title: 'machine', of: ({ label }) => label },
  { title: 'address', of: ({ address }) => address },
  { title: 'last used', of: ({ usedAt }) => momentText(usedAt) },
  { title: 'ends', of: ({ expiresAt }) => momentText(expiresAt) },
]
