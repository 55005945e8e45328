import { isOutage } from '../domain/outage.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'
import type { Health } from './health.ts'
import { inPool } from './pool.ts'

const atOnce = 4

type DisarmDeps = Pick<Deps, 'store' | 'settings' | 'log'>
type Account = Awaited<ReturnType<Deps['store']['accounts']>>[number]

/**
 * Disarms every account that a killed process may have left armed, once per vault, in parallel with other work. Each is
 * held meanwhile; one that a step holds is skipped, because that step disarms it. A second call resumes after an
 * outage.
 */
export const disarmAccounts = (deps: DisarmDeps, health: Health, connector: Connector, isLeft: () => boolean) => {
  const { integration } = connector
  let left: Account[] | undefined
  const disarm = async (account: Account): Promise<'done' | 'later'> => {
    if (isLeft()) return 'later'
    try {
      await disarmHeld(deps, connector, account)
    } catch (error) {
      if (!(error instanceof ExternalError)) throw error
      if (isOutage(error.code)) await health.failed(integration, error.code)
      if (error.transient) return 'later'
      deps.log.warn({ integration, account: account.name, code: error.code }, 'an account could not be disarmed')
    }
    return 'done'
  }
  return async (): Promise<void> => {
    if (left?.length === 0) return
    const ahead: readonly Account[] = left ?? (await deps.store.accounts(integration))
    const kept: Account[] = []
    await inPool(ahead, atOnce, async (account) => {
      if ((await disarm(account)) === 'later') kept.push(account)
    })
    left = kept
    if (kept.length === 0) deps.log.info({ integration, accounts: ahead.length }, 'accounts disarmed')
  }
}

const disarmHeld = async ({ store, settings }: DisarmDeps, connector: Connector, { person, name }: Account) => {
  const of = { integration: connector.integration, person }
  const holding = await store.claimAccount(of, () => connector.drawAccount(person), settings.claim)
  if (!holding) return
  try {
    if (holding.account === name) await connector.disarm(name)
  } finally {
    await store.releaseAccount(holding.held)
  }
}
