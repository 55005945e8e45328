import type { IntegrationId } from '../domain/ids.ts'
import type { Journal } from '../domain/journal.ts'
import type { ServerMemory } from '../domain/server-memory.ts'
import { after, seconds, type Timestamp } from '../domain/time.ts'
import { ExternalError } from '../ports.ts'
import { settleSuccession } from './after-restore.ts'
import type { Deps } from './deps.ts'
import { findDrift } from './find-drift.ts'
import { alone } from './lease.ts'
import { removeUnknown } from './remove-unknown.ts'

type Parts = {
  readonly journal?: Pick<Journal, 'present' | 'note'> | undefined
  /** Compares the process's clock with the server's. */
  readonly followClock?: ((time: () => Promise<Timestamp>) => Promise<void>) | undefined
}

const clockEvery = seconds(30)
/** How long one process may take over the work after a succession, before another one does it again. */
const settlingTakes = seconds(60)

/**
 * One turn of a process that follows its database's server. Where another server has taken over, this process removes
 * the names of its journal that the server does not know. One process ends for all what may have come back.
 */
export const followServer = (deps: Deps, server: ServerMemory, { journal, followClock }: Parts) => {
  let known: string | undefined
  let compareAt: Timestamp | undefined
  let remove: (integration: IntegrationId) => Promise<void> = async () => {}
  const left = new Set<IntegrationId>()

  const removeLeft = async (): Promise<void> => {
    for (const id of [...left]) {
      try {
        await remove(id)
        left.delete(id)
      } catch (error) {
        if (!(error instanceof ExternalError)) throw error
        deps.log.warn({ integration: id, code: error.code }, 'names in the journal could not be looked at')
      }
    }
  }
  const settle = alone(deps, 'succession', settlingTakes, async () => {
    const { name, isSettled } = await server.present()
    if (isSettled) return
    deps.log.warn({ server: name }, 'another server has taken over the database, and may lack the latest changes')
    await settleSuccession(deps, server, name)
    for (const id of deps.integrations.keys()) await findDrift(deps)(id)
    deps.nudge()
  })
  return async (): Promise<void> => {
    const now = deps.clock.now()
    if (followClock && (compareAt === undefined || compareAt <= now)) {
      await followClock(server.time)
      compareAt = after(now, clockEvery)
    }
    const { name, isSettled } = await server.present()
    if (name !== known) {
      known = name
      remove = removeUnknown(deps, { former: journal?.present() ?? [], note: journal?.note ?? (async () => {}) })
      for (const id of deps.integrations.keys()) left.add(id)
    }
    if (!isSettled) await settle(() => {})
    await removeLeft()
  }
}
