import type { AccountOf, Held } from '../domain/account-memory.ts'
import type { PersonId } from '../domain/ids.ts'
import { after, seconds, timestamp } from '../domain/time.ts'
import { type Connector, ExternalError } from '../ports.ts'
import type { Deps } from './deps.ts'

/** A person's account, and the claim under which a step holds it. */
export type HeldAccount = { readonly account: string; readonly held: Held }

const patience = seconds(15)
const pause = 25 // ms between tries to claim a held account; a login takes about ten

/** The step was so slow that its claim ran out and another step took the account. */
export const claimLost = (): ExternalError =>
  new ExternalError('claim-lost', 'The step took so long that another one began.', { transient: true })

/**
 * Runs `work` while holding the person's account at the vault, because two logins must not overlap. Waits up to 15 s
 * for the present holder. A locked account is forgotten and `work` runs with a new one: anybody who knows its name can
 * lock it. `savesNext`: the work saves names before its first call, which also puts a new account on the disk.
 */
export const withAccount = async <T>(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  connector: Connector,
  person: PersonId,
  work: (holding: HeldAccount) => Promise<T>,
  savesNext = false,
): Promise<T> => {
  try {
    return await holding(deps, connector, person, work, savesNext)
  } catch (error) {
    if (!(error instanceof ExternalError && error.code === 'account-locked')) throw error
    await deps.store.forgetAccount({ integration: connector.integration, person })
    return holding(deps, connector, person, work, savesNext)
  }
}

const holding = async <T>(
  deps: Pick<Deps, 'store' | 'clock' | 'settings'>,
  connector: Connector,
  person: PersonId,
  work: (holding: HeldAccount) => Promise<T>,
  savesNext: boolean,
): Promise<T> => {
  const of = { integration: connector.integration, person }
  const holding = await claimAccount(deps, of, () => connector.drawAccount(person), savesNext)
  try {
    return await work(holding)
  } finally {
    await deps.store.releaseAccount(holding.held)
  }
}

const claimAccount = async (
  { store, clock, settings }: Pick<Deps, 'store' | 'clock' | 'settings'>,
  of: AccountOf,
  draw: () => string,
  savesNext: boolean,
): Promise<HeldAccount> => {
  const giveUpAt = after(clock.now(), patience)
  const never = new AbortController().signal
  while (clock.now() < giveUpAt) {
    const holding = await store.claimAccount(of, draw, settings.claim, savesNext)
    if (holding) return holding
    await clock.sleep(timestamp(clock.now() + pause), never)
  }
  throw new ExternalError('account-busy', 'the account is held by another step', { transient: true })
}
