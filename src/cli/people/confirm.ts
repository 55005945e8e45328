import type { GrantLine } from '../../control/protocol.ts'
import { grantColumns } from '../access/grants.ts'
import type { PlaceOptions } from '../data-folder.ts'
import type { Io } from '../io.ts'
import { printTable } from '../table.ts'
import { CliError } from '../trouble.ts'

export type ConfirmOptions = PlaceOptions & { readonly yes?: boolean; readonly json?: boolean }

/** `latchkey people confirm` confirms the ends that were held back because they are many. */
export const confirmRemovals = async (options: ConfirmOptions, io: Io): Promise<void> => {
  const { withServer } = await import('../client.ts')
  await withServer(options, io, async (server) => {
    const held = await server.ask({ verb: 'held' })
    if (held.grants.length === 0) return io.say(options.json ? '[]' : 'No end of access is held back.')
    if (!options.yes && !(await isMeant(held.grants, io))) throw new CliError('Nothing was ended.')
    const asked = await server.ask({ verb: 'confirm-removals', seen: held.seen })
    io.say(
      options.json
        ? JSON.stringify(asked, undefined, 2)
        : `${asked.length} ends are requested; "latchkey grants" shows those not proved yet.`,
    )
  })
}

/** Asks only where somebody can answer; a script that runs this command means it. */
const isMeant = async (grants: readonly GrantLine[], io: Io): Promise<boolean> => {
  printTable({ width: io.width, say: (text = '') => io.note(text) }, grantColumns, grants)
  const answer = await io.ask(`End all ${grants.length} of them now? Type yes: `)
  return answer === undefined || /^\s*y(es)?\s*$/i.test(answer)
}
