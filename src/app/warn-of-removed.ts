import type { Deps } from './deps.ts'

/**
 * Warns at start about live grants of integrations that are no longer configured. Nothing here ends them, and nobody is
 * told when the vault's own limit does.
 */
export const warnOfRemoved = async ({
  store,
  integrations,
  clock,
  log,
}: Pick<Deps, 'store' | 'integrations' | 'clock' | 'log'>): Promise<void> => {
  const { grants } = await store.tally(clock.now(), clock.now())
  const removed = grants.filter(({ integration }) => !integrations.has(integration))
  for (const [integration, each] of Map.groupBy(removed, (one) => one.integration)) {
    const count = each.reduce((sum, one) => sum + one.count, 0)
    log.warn(
      { integration, grants: count },
      'a removed integration still has live grants: restore it until they have ended, or run latchkey vault kill-all',
    )
  }
}
