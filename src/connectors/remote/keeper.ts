import { backoff } from '../../domain/backoff.ts'
import type { GrantId } from '../../domain/ids.ts'
import type { ConnectorReport } from '../../domain/remote-connector.ts'
import { after, seconds, type Timestamp } from '../../domain/time.ts'
import { type Clock, ExternalError } from '../../ports.ts'
import type { VaultConnector } from '../vault/connector.ts'
import type { InTurn } from './in-turn.ts'
import type { Entry, Ledger } from './ledger.ts'
import type { OwnLog } from './own-log.ts'

/** How long the server may take to end a due access while its line is up. */
const patience = seconds(60)
const look = seconds(1)

export type KeeperOptions = {
  readonly vault: Pick<VaultConnector, 'revoke'>
  readonly ledger: Ledger
  readonly log: OwnLog
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  readonly turns: InTurn
  readonly isUp: () => boolean
  readonly report: (report: ConnectorReport) => void
  readonly warn: (fields: object, message: string) => void
}

/** Ends due access that the server does not end: its line is down, or it is silent. Tries until it is proved. */
export const keepTime = ({ vault, ledger, log, clock, turns, isUp, report, warn }: KeeperOptions) => {
  const stopping = new AbortController()
  const tries = new Map<GrantId, { readonly count: number; readonly next: Timestamp }>()
  const running = new Set<GrantId>()

  const end = async ({ order: { grant, account } }: Entry): Promise<void> => {
    await turns(account, async () => {
      const entry = ledger.of(grant) // an order may have ended it, or made it longer, while this waited
      if (!entry || entry.ended || !isDue(entry)) return
      const proof = await vault.revoke(entry.order, true)
      await ledger.noteEnd(grant, proof)
      await log.write({ what: 'ended', detail: { grant, means: proof.means, at: proof.at, latency: proof.latency } })
      report({ about: 'ended', grant, proof })
    })
    tries.delete(grant)
  }
  const isDue = ({ order: { grant, until }, ended }: Entry): boolean => {
    const due = isUp() ? after(until, patience) : until
    return !ended && clock.now() >= Math.max(due, tries.get(grant)?.next ?? 0)
  }
  const attempt = (entry: Entry): void => {
    const { grant } = entry.order
    if (running.has(grant)) return
    running.add(grant)
    end(entry)
      .catch((error: unknown) => {
        const count = (tries.get(grant)?.count ?? 0) + 1
        tries.set(grant, { count, next: after(clock.now(), backoff(count)) })
        const code = error instanceof ExternalError ? error.code : 'unexpected'
        warn({ grant, code, tries: count }, 'a due access could not be ended yet')
      })
      .finally(() => running.delete(grant))
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const entry of ledger.all()) if (isDue(entry)) attempt(entry)
      await clock.sleep(after(clock.now(), look), stopping.signal)
    }
  }
  const looping = loop()
  return {
    stop: async () => {
      stopping.abort()
      await looping
    },
  }
}
