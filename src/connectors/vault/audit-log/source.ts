import type { AuditLog } from '../../../ports/audit-log.ts'
import type { Clock } from '../../../ports.ts'
import { vaultCalls } from '../calls.ts'
import type { VaultContext } from '../context.ts'
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
  readonly clock: Pick<Clock, 'now'>
  /** How the device writes an accessor; `undefined` where the bot may not ask. */
  readonly hashed: (accessor: string) => Promise<string | undefined>
}

/** The vault's audit log, read from its file or through a socket. */
export const vaultAuditLog = ({ settings, names, beginning, clock, hashed }: Options): AuditLog => {
  const wanted = { names, beginning }
  return {
    read: (from, signal) =>
      settings.file !== undefined
        ? follow({ file: settings.file, wanted, clock }, from, signal)
        : listen({ socket: settings.socket ?? '', wanted, clock }, from, signal),
    judge: async ({ plan, approved, handle, workload }, line) => {
      const known = readHandle(handle)
      const isDrawn = known.policies.includes(line.name) || numberIn(line.name) < known.drawn
      if (!isDrawn || isLent(plan) !== (line.by === 'display-name')) return 'foreign'
      // A workload's tokens are made by its own login, and those of earlier or many fetches are not kept.
      const isNewest = line.name === known.policies.at(-1)
      if (!workload && isNewest && known.accessors.length > 0 && known.accessors.length < 20) {
        if (!(await isOneOf(known.accessors, line.accessor, hashed))) return 'foreign'
      }
      const isApproved = [plan, ...(approved ? [approved.plan] : [])].some((one) =>
        allows(one, line.path, line.operation),
      )
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

const mostHashes = 10_000
const again = 5 * 60_000

/**
 * Asks the vault how a device writes an accessor, once for each. `undefined` while the vault is away, or does not let the
 * bot ask: then nothing is compared, and nothing is alarmed.
 */
export const hashedBy = (
  { send, clock }: Pick<VaultContext, 'send' | 'clock'>,
  device: string | undefined,
): Options['hashed'] => {
  const known = new Map<string, string>()
  let failedAt = Number.NEGATIVE_INFINITY
  return async (accessor) => {
    const before = known.get(accessor)
    if (before !== undefined || device === undefined || clock.now() < failedAt + again) return before
    try {
      const hash = await vaultCalls(send).auditHash(device, accessor)
      if (known.size >= mostHashes) known.clear()
      known.set(accessor, hash)
      return hash
    } catch {
      failedAt = clock.now()
      return undefined
    }
  }
}
