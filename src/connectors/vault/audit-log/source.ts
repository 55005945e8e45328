import type { Clock } from '../../../ports.ts'
import type { AuditLog } from '../../../ports/audit-log.ts'
import { readHandle } from '../handle.ts'
import type { VaultNames } from '../names.ts'
import { allows, isLent } from './approved.ts'
import { follow } from './follow.ts'
import { listen } from './listen.ts'
import type { AuditSettings } from './settings.ts'

type Options = {
  readonly settings: AuditSettings
  readonly names: Pick<VaultNames, 'grantOf'>
  /** What each drawn name of this instance begins with. */
  readonly beginning: string
  readonly clock: Clock
  /** How the device writes an accessor; `undefined` where the bot may not ask. */
  readonly hashed: (accessor: string) => Promise<string | undefined>
}

/** The vault's audit log, read from its file or through a socket. */
export const vaultAuditLog = ({ settings, names, beginning, clock, hashed }: Options): AuditLog => {
  const wanted = { names, beginning }
  return {
    read: (from, signal) =>
      'file' in settings
        ? follow({ file: settings.file, wanted, clock }, from, signal)
        : listen({ socket: settings.socket, wanted, clock }, from, signal),
    judge: async ({ plan, approved, handle, workload }, line) => {
      const known = readHandle(handle)
      const isDrawn = known.policies.includes(line.name) || numberIn(line.name) < known.drawn
      if (!isDrawn || isLent(plan) !== (line.by === 'display-name')) return 'foreign'
      // A workload's tokens are made by its own login, and those of many fetches are not kept.
      if (!workload && known.accessors.length > 0 && known.accessors.length < 20) {
        if (!(await isOneOf(known.accessors, line.accessor, hashed))) return 'foreign'
      }
      const isApproved = [plan, ...(approved ? [approved.plan] : [])].some((one) => allows(one, line.path, line.operation))
      return line.outcome === 'refused' || isApproved ? 'own' : 'unapproved'
    },
  }
}

/** The draw's number in a name, such as 2 in `latchkey-ab-g-cd-2-…`. */
const numberIn = (name: string): number => Number(/-(\d+)-[a-z2-7]{16}$/.exec(name)?.[1] ?? Number.NaN)

/** Whether a line's accessor is one of those; also `true` where that cannot be found out. */
const isOneOf = async (
  accessors: readonly string[],
  written: string | undefined,
  hashed: Options['hashed'],
): Promise<boolean> => {
  if (written === undefined) return true
  if (!written.startsWith('hmac-')) return accessors.includes(written)
  const all = await Promise.all(accessors.map(hashed))
  return all.includes(written) || all.includes(undefined)
}
