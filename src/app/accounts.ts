import type { IntegrationId, PersonId } from '../domain/ids.ts'
import { after, seconds, timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

const patience = seconds(15)
const pause = 25 // ms between looks at an account that somebody holds: a login takes about ten

/**
 * Runs `work` while holding the person's account at the vault: arming it for one grant's login must never meet another's.
 * Waits up to 15 s for whoever holds it. An account that the vault has locked (anybody who knows its name can do that
 * with five wrong passwords) is forgotten, and the work is done with a new one.
 */
export const withAccount = async <T>(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  connector: Connector,
  person: PersonId,
  work: (account: string) => Promise<T>,
): Promise<T> => {
  try {
    return await holding(deps, connector, person, work)
  } catch (error) {
    if (!(error instanceof ExternalError && error.code === 'account-locked')) throw error
    await deps.store.forgetAccount(connector.integration, person)
    return holding(deps, connector, person, work)
  }
}

const holding = async <T>(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  connector: Connector,
  person: PersonId,
  work: (account: string) => Promise<T>,
): Promise<T> => {
  const account = await claim(deps, connector, person)
  try {
    return await work(account)
  } finally {
    await deps.store.releaseAccount(connector.integration, person)
  }
}

const claim = async (
  { store, clock, settings }: Pick<Deps, 'store' | 'clock' | 'settings'>,
  connector: Connector,
  person: PersonId,
): Promise<string> => {
  const giveUpAt = after(clock.now(), patience)
  const never = new AbortController().signal
  while (clock.now() < giveUpAt) {
    const now = clock.now()
    const draw = () => connector.drawAccount(person)
    const account = await store.claimAccount(connector.integration, person, draw, now, after(now, settings.claim))
    if (account !== 'busy') return account
    await clock.sleep(timestamp(now + pause), never)
  }
  throw new ExternalError('account-busy', 'the account is held by another step', { transient: true })
}

/** At start: whatever a killed process left armed is disarmed before anything else happens. */
export const disarmAccounts = async ({ store, log }: Pick<Deps, 'store' | 'log'>, connector: Connector) => {
  const accounts = await store.accounts(connector.integration)
  for (const { name } of accounts) await connector.disarm(name)
  log.info(
    { integration: connector.integration satisfies IntegrationId, accounts: accounts.length },
    'accounts disarmed',
  )
}
