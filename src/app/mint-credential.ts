import type { Held } from '../domain/account-memory.ts'
import type { Handle } from '../domain/connector.ts'
import type { Credential } from '../domain/credential.ts'
import { evolve } from '../domain/grant.ts'
import { isWithdrawing } from '../domain/grant-trouble.ts'
import type { GrantId } from '../domain/ids.ts'
import type { MintAnswer, MintStep } from '../domain/link-memory.ts'
import type { Timestamp } from '../domain/time.ts'
import { lookAtOf } from '../domain/wrapping.ts'
import { ExternalError, NothingGiven } from '../ports.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { type Live, linkEvent } from './find-link.ts'
import { linkMisused } from './link-misused.ts'
import { mayHold } from './may-hold.ts'
import { coversFolder, narrowGrant } from './narrow-grant.ts'
import { orderOf } from './orders.ts'
import { recordStep } from './record-step.ts'
import { askForEnd, missingAtVault } from './revoke-grant.ts'
import { claimLost, type HeldAccount, withAccount } from './with-account.ts'
import { settleWithdrawal } from './withdraw-credential.ts'

export type Minted =
  | { readonly kind: 'credential'; readonly credential: Credential }
  /** Somebody else tried the link at the same moment, so nobody got anything. */
  | { readonly kind: 'contested' }
  | { readonly kind: 'unusable' }
  | { readonly kind: 'failed' }
  /** The vault refused for now and gave nothing: the same browser may retry after this many milliseconds. */
  | { readonly kind: 'not-yet'; readonly after: number }

type Refused = Exclude<MintAnswer, 'done'>

const refusals = {
  misused: { code: 'link-misused', answer: { kind: 'contested' } },
  over: { code: 'access-over', answer: { kind: 'unusable' } },
  lost: { code: 'claim-lost', answer: { kind: 'failed' } },
} satisfies { [Why in Refused]: { code: string; answer: Minted } }

/** Mints the credential of a link that was just redeemed. */
export const mintCredential = async (deps: Deps, live: Live): Promise<Minted> => {
  const { connector, grant, link } = live
  const failed = (code: string) => deps.store.audit([linkEvent(live, deps.clock.now(), 'credential-failed', { code })])
  try {
    const made = await withAccount(deps, connector, grant.person, (holding) => mintHeld(deps, live, holding))
    if (typeof made !== 'string') return { kind: 'credential', credential: made }
    await failed(refusals[made].code)
    return refusals[made].answer
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    await failed(error.code)
    if (isTheft(error.code)) await linkMisused(deps)(link, error.code)
    if (error.code === 'missing-at-vault') await askForEnd(deps)(grant.id, missingAtVault)
    deps.log.warn({ grant: grant.id, code: error.code }, 'no credential could be issued')
    const isAllowed = error.transient && (await deps.store.letAgain(link.id, deps.clock.now()))
    return isAllowed ? { kind: 'not-yet', after: error.retryAfter ?? soon } : { kind: 'failed' }
  }
}

const soon = 5_000

/** A credential that was opened or replaced before anybody could have seen it. */
const isTheft = (code: string): code is 'spent-unseen' | 'wrong-creation-path' =>
  code === 'spent-unseen' || code === 'wrong-creation-path'

/** The vault may be slow. So the right to the credential is checked before it is made, and again before it is shown. */
const mintHeld = async (deps: Deps, live: Live, holding: HeldAccount): Promise<Credential | Refused> => {
  const { connector, link } = live
  const grant = await narrowedFirst(deps, live)
  if (grant?.state !== 'active' || !mayHold(deps, { ...live.loaded, grant })) return 'over'
  if ((await deps.store.link({ id: link.id }))?.misusedAt !== undefined) return 'misused'
  const kept = isWithdrawing(grant) ? (await settleWithdrawal(deps, connector, grant, holding)).handle : grant.handle
  const handle = connector.draw(grant.id, kept, 'issue')
  const about = { link: link.id, grant: grant.id, held: holding.held }
  const drawn = await draw(deps, live, { ...about, handle })
  if (drawn === 'lost') throw claimLost() // no call reached the vault
  if (drawn !== 'done') return drawn
  try {
    const order = { ...orderOf(grant, holding.account), handle, until: grant.expiresAt }
    const { credential, handle: made } = await connector.issue(order)
    if (await isLapsed(deps, live)) {
      await keep(deps, live, made)
      await trying(deps, grant.id, () => cutAndForget(deps, live, connector.names.join(handle, made))(holding))
      return 'over'
    }
    const { until } = credential
    const isCut = until < grant.expiresAt
    if (isCut) await shorten(deps, grant.id, until, holding.held)
    const now = deps.clock.now()
    const audit = [linkEvent(live, now, 'credential-issued', isCut ? { until } : {})]
    const wrapping = wrappingOf(live, credential, now)
    const issued = await deps.store.mint({ ...about, to: 'issued', handle: made, now, audit, ...wrapping })
    if (issued === 'done') {
      deps.nudge() // the owners' cards say that it was fetched
      return wrapping ? { ...credential, spendBy: wrapping.wrapping.lookAt } : credential
    }
    await (issued === 'misused'
      ? withdrawMade(deps, live, made, holding)
      : takeBack(deps, live, made, issued, connector.names.join(handle, made)))
    return issued
  } catch (error) {
    if (await deps.store.isHeld(holding.held)) {
      const left = connector.names.gaveNothing(handle)
      const refused = { ...about, to: 'refused', handle: left, now: deps.clock.now(), audit: [] } as const
      if (error instanceof NothingGiven) await deps.store.mint(refused)
      throw error
    }
    await takeBack(deps, live, handle, 'lost')
    // Changes by another step meanwhile, such as deleted older names, must not look like theft.
    throw error instanceof ExternalError && isTheft(error.code) ? error : claimLost()
  }
}

/** When to look whether it was opened. The person is told that moment, because after it nobody can open it. */
const wrappingOf = ({ connector }: Live, { spendBy }: Credential, now: Timestamp) =>
  connector.wrappings && {
    wrapping: { integration: connector.integration, spendBy, lookAt: lookAtOf(spendBy, now) },
  }

/** The grant with all exceptions that it needs now; nothing is given while they are unknown. */
const narrowedFirst = async (deps: Deps, { grant: { id, integration } }: Live) => {
  const grant = (await deps.store.requestOfGrant(id))?.grant
  const entry = deps.integrations.get(integration)
  if (!grant || !entry || !coversFolder(grant)) return grant
  const narrowed = await narrowGrant(deps, entry, id)
  if (narrowed.ok) return narrowed.value
  const { code } = narrowed.refusal
  throw new ExternalError(code, 'A folder could not be looked through.', { transient: code === 'walk-unfinished' })
}

/** Stores the names before their use. A name that the journal refused is not used, so the link may be retried. */
const draw = async (
  deps: Deps,
  { connector }: Live,
  step: Omit<MintStep, 'to' | 'now' | 'audit'>,
): Promise<MintAnswer> => {
  const write = (to: MintStep['to'], handle: Handle) =>
    deps.store.mint({ ...step, to, handle, now: deps.clock.now(), audit: [] })
  try {
    return await write('drawn', step.handle)
  } catch (error) {
    const { drop, newest } = connector.names
    if (error instanceof ExternalError) await write('refused', drop(step.handle, newest(step.handle)))
    throw error
  }
}

/** Whether the person may no longer hold the grant, although it has not ended: the vault was slow. */
const isLapsed = async (deps: Deps, { loaded, grant: { id } }: Live): Promise<boolean> => {
  const grant = (await deps.store.requestOfGrant(id))?.grant
  return grant?.state === 'active' && !mayHold(deps, { ...loaded, grant })
}

/**
 * The vault now limits tokens to a shorter life than at the set-up. Card and record say so before the page does. A step
 * that lost the account changes nothing.
 */
const shorten = (deps: Deps, id: GrantId, until: Timestamp, held: Held) =>
  untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    if (!loaded?.grant || !(await deps.store.isHeld(held))) return 'committed'
    const grant = evolve(loaded.grant, { kind: 'shortened', until }, deps.clock.now())
    return deps.store.commit({ request: loaded.request, grant, held, audit: [] })
  })

/**
 * Nobody has seen the credential, but it exists, so it is withdrawn like one that was handed out. The reconciler
 * repeats what fails.
 */
const withdrawMade = async (deps: Deps, { connector, grant }: Live, made: Handle, holding: HeldAccount) => {
  await deps.store.saveHandle(grant.id, made, holding.held)
  await untilCommitted(async () => {
    const loaded = await deps.store.requestOfGrant(grant.id)
    if (!loaded?.grant) return 'committed'
    const asked = evolve(loaded.grant, { kind: 'withdraw-asked' }, deps.clock.now())
    return deps.store.commit({ request: loaded.request, grant: asked, audit: [] })
  })
  const fresh = (await deps.store.requestOfGrant(grant.id))?.grant
  if (fresh?.state !== 'active') return
  await trying(deps, grant.id, () => settleWithdrawal(deps, connector, fresh, holding))
}

/**
 * Deletes a credential whose grant ended or was taken over by another step meanwhile. The row keeps its name until it
 * is gone, and an ended grant ends again. `gone` are the names that no longer exist then.
 */
const takeBack = async (
  deps: Deps,
  live: Live,
  made: Handle,
  why: 'over' | 'lost',
  gone: Handle = live.connector.names.newest(made),
): Promise<void> => {
  const { connector, grant } = live
  const own = await keep(deps, live, made)
  const now = (await deps.store.requestOfGrant(grant.id))?.grant
  if (now?.state === 'ended') await recordStep(deps, grant.id, { took: { kind: 'provisioned', handle: own } })
  await trying(deps, grant.id, () =>
    why === 'over' ? connector.cut(own) : withAccount(deps, connector, grant.person, cutAndForget(deps, live, gone)),
  )
  deps.nudge()
}

/** Keeps the name of the credential in the row until it is gone. */
const keep = async (deps: Deps, { connector, grant }: Live, made: Handle): Promise<Handle> => {
  const own = connector.names.newest(made)
  await deps.store.keepNames(grant.id, (stored) => connector.names.join(stored, own))
  return own
}

/** The mint itself deleted the older names. An active grant that still names them would look altered. */
const cutAndForget =
  (deps: Deps, live: Live, gone: Handle) =>
  async ({ held }: HeldAccount): Promise<void> => {
    const { connector, grant } = live
    await connector.cut(gone)
    const fresh = (await deps.store.requestOfGrant(grant.id))?.grant
    if (fresh?.state !== 'active') return
    const isSaved = await deps.store.saveHandle(grant.id, connector.names.drop(fresh.handle, gone), held)
    if (!isSaved) await withAccount(deps, connector, grant.person, cutAndForget(deps, live, gone))
  }

/** Runs work that may fail: the row says that it is due, so the reconciler repeats it. */
const trying = async (deps: Deps, grant: GrantId, work: () => Promise<unknown>): Promise<void> => {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof ExternalError)) throw error
    deps.log.warn({ grant, code: error.code }, 'a credential that nobody saw could not be deleted yet')
  }
}
