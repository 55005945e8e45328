import type { Identity } from '../domain/card.ts'
import type { PersonId } from '../domain/ids.ts'
import { timestamp } from '../domain/time.ts'
import { ExternalError } from '../ports.ts'
import { checkHolders } from './check-holders.ts'
import type { Deps } from './deps.ts'

/** Milliseconds between two questions: Slack answers about a hundred per minute. */
export const pauseBetween = 600
const most = 10_000

/**
 * Asks the chats about the accounts of people with access, pending requests or sessions. Then it compares all access with who may
 * have it. A person is gone when every chat account is deactivated; a silent chat proves nothing.
 */
export const checkAccounts =
  (deps: Deps) =>
  async (signal: AbortSignal): Promise<void> => {
    const open = await deps.store.requests({ state: 'open', limit: most })
    const accounts = new Map<PersonId, boolean>()
    const signedIn = await deps.store.liveSessions(deps.clock.now())
    const people = [...open.map(({ request }) => request.requester), ...signedIn.map(({ person }) => person)]
    for (const person of new Set(people)) {
      if (signal.aborted) return
      const areGone = await areDeactivated(deps, person)
      if (areGone !== undefined) accounts.set(person, areGone)
      await deps.clock.sleep(timestamp(deps.clock.now() + pauseBetween), signal)
    }
    await checkHolders(deps)({ accounts })
  }

/** The same for the requester of one decision. The next run finds what the chat does not answer in time. */
export const checkAccountsOf =
  (deps: Deps) =>
  async (person: PersonId): Promise<void> => {
    if (await areDeactivated(deps, person)) await checkHolders(deps)({ accounts: new Map([[person, true]]) })
  }

/** Whether all chat accounts of a person are deactivated; `undefined` when unknown. */
export const areDeactivated = async (deps: Deps, person: PersonId): Promise<boolean | undefined> => {
  const identities = deps.directory.find(person)?.identities ?? []
  const here = identities.filter(({ platform }) => deps.platforms.has(platform))
  for (const identity of here) {
    const isGone = await isDeactivated(deps, identity)
    if (isGone !== true) return isGone
  }
  return here.length > 0 ? true : undefined
}

/** Whether this account is deactivated; `undefined` while the chat is silent. */
export const isDeactivated = async ({ platforms, log }: Deps, identity: Identity): Promise<boolean | undefined> => {
  try {
    const admitted = await platforms.get(identity.platform)?.admits(identity)
    return (
      admitted && !admitted.ok && admitted.refusal.code === 'not-admitted' && admitted.refusal.why === 'deactivated'
    )
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code }, 'the chat did not say whether an account is active')
    return undefined
  }
}
