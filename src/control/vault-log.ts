import type { Deps } from '../app/deps.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { seconds, timestamp } from '../domain/time.ts'
import type { IntegrationStatus } from './integration-line.ts'

/** The bot's own calls are in the log, so that even a vault that nobody uses writes more often. */
const quiet = seconds(1_800)

/** How far the vault's own audit log was read; nothing where nobody reads it. */
export const vaultLogLine = async (
  { store, clock, integrations }: Pick<Deps, 'store' | 'clock' | 'integrations'>,
  integration: IntegrationId,
): Promise<Pick<IntegrationStatus, 'auditLog'>> => {
  if (integrations.get(integration)?.connector.auditLog === undefined) return {}
  const watch = await store.auditWatch(integration)
  if (!watch) return { auditLog: { isBroken: true } }
  const { readTo, doubtSince } = watch
  const isBroken = doubtSince !== undefined || readTo < timestamp(clock.now() - quiet * 1_000)
  return { auditLog: { readTo, isBroken } }
}
