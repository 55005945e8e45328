import type { GrantId } from '../../domain/ids.ts'
import type { ConnectorReport } from '../../domain/remote-connector.ts'
import type { Secret } from '../../domain/secret.ts'
import { type Timestamp, timestamp } from '../../domain/time.ts'
import type { Clock } from '../../ports.ts'
import type { VaultConnector } from '../vault/connector.ts'
import type { OwnLog } from './own-log.ts'

/** Milliseconds before the end of its window at which a wrapping token is looked up, at most a tenth of the window. */
const margin = 3_000

/** Looks whether wrapping tokens, which pass the server, were opened. */
export type Witness = {
  watch(grant: GrantId, token: Secret, spendBy: Timestamp): void
  stop(): void
}

/**
 * Looks each token up shortly before its window ends; an opened one is noted in the own log, and reported. The server
 * then gives its word whether the person was shown it. Nothing here keeps a token longer than its window.
 */
export const newWitness = (
  vault: Pick<VaultConnector, 'isWrapped'>,
  clock: Pick<Clock, 'now' | 'sleep'>,
  log: OwnLog,
  report: (report: ConnectorReport) => void,
): Witness => {
  const stopping = new AbortController()
  const look = async (grant: GrantId, token: Secret, spendBy: Timestamp): Promise<void> => {
    const issuedAt = clock.now()
    const early = Math.min(margin, (spendBy - issuedAt) / 10)
    await clock.sleep(timestamp(spendBy - early), stopping.signal)
    if (stopping.signal.aborted || clock.now() >= spendBy || (await vault.isWrapped(token))) return
    await log.write({ what: 'opened', detail: { grant, issuedAt } })
    report({ about: 'opened', grant, issuedAt })
  }
  return {
    watch: (...watched) => void look(...watched).catch(() => {}), // a vault that is away opens no token
    stop: () => stopping.abort(),
  }
}
