import { close } from '../domain/access-request.ts'
import { system } from '../domain/audit-event.ts'
import type { PersonId } from '../domain/ids.ts'
import {
  heldFor,
  isMass,
  type LapseReason,
  lapseReasonOf,
  mustEnd,
  type Standing,
  type Verdict,
  verdictOn,
} from '../domain/lapse.ts'
import { after, seconds, timestamp } from '../domain/time.ts'
import type { Directory, Loaded, Store } from '../ports.ts'
import { noticeTo } from './cards-for.ts'
import { checkSessions } from './check-sessions.ts'
import { type Deps, untilCommitted } from './deps.ts'
import { barTo } from './may-hold.ts'
import { recordStep } from './record-step.ts'
import { askForEnd } from './revoke-grant.ts'

/** What is known besides directory and configuration. */
export type Occasion = {
  /** Whether the chat deactivated these people's accounts; others were not asked. */
  readonly accounts?: ReadonlyMap<PersonId, boolean>
  /** The rules may have changed, so cards of open requests may need other text. */
  readonly isChanged?: boolean
  /** The previous directory: a broken people file may have lost the owners who must be told. */
  readonly before?: Directory
}

type Judged = { readonly loaded: Loaded; readonly standing: Standing; readonly verdict: Verdict }

const most = 10_000

/**
 * Compares every live grant and open request with who may have them now. Many ends at once look like a mistake and are
 * held back. The grants store the findings, so after a kill the next run continues.
 */
export const checkHolders =
  (deps: Deps) =>
  (occasion: Occasion = {}): Promise<void> =>
    inTurn(deps.store, () => asTheOnlyOne(deps, () => check(deps, occasion)))

/** Waits while another process checks; continues alone if that process hangs. */
const asTheOnlyOne = async (deps: Deps, work: () => Promise<void>): Promise<void> => {
  const never = new AbortController().signal
  for (let tries = 0; tries < 100 && !(await deps.store.lease(leaseName, leased)); tries += 1) {
    await deps.clock.sleep(timestamp(deps.clock.now() + 200), never)
  }
  await work().finally(() => deps.store.endLease(leaseName))
}
const leaseName = 'holders'
const leased = seconds(60)

/** Runs one check at a time: two at once would both announce held-back ends. */
const inTurn = (store: Store, work: () => Promise<void>): Promise<void> => {
  const turn = (turns.get(store) ?? Promise.resolve()).then(work, work)
  turns.set(store, turn)
  return turn
}
const turns = new WeakMap<Store, Promise<void>>()

const check = async (deps: Deps, occasion: Occasion): Promise<void> => {
  const judged = await judge(deps, occasion)
  await announce(deps, judged, occasion)
  await Promise.all(judged.map((one) => carryOut(deps, one)))
  const isHeld = judged.some(({ standing, verdict }) => verdict.do === 'hold' || isHeldBack(standing))
  for (const { request } of await deps.store.requests({ state: 'pending', limit: most })) {
    const why = reasonFor(deps, { request }, occasion)
    const isGone = why === 'account-deactivated' || (why === 'person-removed' && !isHeld)
    if (isGone) await closeRequest(deps, request.id, why)
    else if (occasion.isChanged && isNews(deps, request, occasion)) await deps.store.commit({ request, audit: [] })
  }
  await checkSessions(deps)(occasion.accounts)
  deps.nudge()
}

/** Whether cards of the request show something outdated about the requester, as far as known. */
const isNews = (deps: Deps, request: Loaded['request'], { before }: Occasion): boolean => {
  const earlier = before && barTo({ ...deps, directory: before }, { request })
  return barTo(deps, { request })?.code !== earlier?.code
}

const isHeldBack = ({ lapse }: Standing): boolean => lapse?.endsAt !== undefined

const judge = async (deps: Deps, occasion: Occasion): Promise<readonly Judged[]> => {
  const live = (await Promise.all([...deps.integrations.keys()].map((id) => deps.store.liveAt(id)))).flat()
  const held = live.flatMap((loaded) => {
    const standing = standingOf(deps, loaded, occasion)
    return standing ? [{ loaded, standing }] : []
  })
  const isMany = isMass(held.filter(({ standing }) => mustEnd(standing)).length, held.length)
  return held.map((one) => ({ ...one, verdict: verdictOn(one.standing, isMany) }))
}

const standingOf = (deps: Deps, loaded: Loaded, occasion: Occasion): Standing | undefined => {
  const { request, grant } = loaded
  if (grant?.state !== 'provisioning' && grant?.state !== 'active') return undefined
  const { lapse } = grant
  const wasDeactivated = lapse?.why === 'account-deactivated'
  return {
    why: reasonFor(deps, loaded, occasion, wasDeactivated),
    lapse,
    isUnused: grant.state === 'provisioning',
    endsForFormerRequesters: deps.integrations.get(request.integration)?.integration.formerRequesters === 'end',
  }
}

/** An account that the chat was not asked about keeps its state. */
const reasonFor = (
  deps: Deps,
  loaded: Loaded,
  { accounts }: Occasion,
  wasDeactivated = false,
): LapseReason | undefined =>
  lapseReasonOf(barTo(deps, loaded), accounts?.get(loaded.request.requester) ?? wasDeactivated)

const carryOut = async (deps: Deps, { loaded: { grant }, verdict }: Judged): Promise<void> => {
  if (!grant || verdict.do === 'nothing') return
  if (verdict.do === 'restore') return recordStep(deps, grant.id, { took: { kind: 'restored' } })
  const { why } = verdict
  if (verdict.do === 'tell') return recordStep(deps, grant.id, { took: { kind: 'lapsed', why } })
  if (verdict.do === 'hold') {
    return recordStep(deps, grant.id, { took: { kind: 'lapsed', why, endsAt: after(deps.clock.now(), heldFor) } })
  }
  await askForEnd(deps)(grant.id, { because: why, notice: { about: 'access-lapsed', why, isEnding: true } })
}

/** Announces holds before they are written: after a kill in between, owners are told twice rather than never. */
const announce = async (deps: Deps, judged: readonly Judged[], { before }: Occasion): Promise<void> => {
  const holds = judged.filter(({ verdict }) => verdict.do === 'hold')
  const calledOff = judged.filter(({ standing, verdict }) => verdict.do === 'restore' && isHeldBack(standing))
  const at = deps.clock.now()
  if (holds.length > 0) {
    const people = new Set(holds.map(({ loaded }) => loaded.request.requester)).size
    const endsAt = after(at, heldFor)
    deps.log.error({ people, grants: holds.length }, 'many would lose access at once: latchkey people confirm')
    const detail = { people, grants: holds.length, endsAt }
    const cards = noticeToThoseOf(deps, holds, { about: 'removals-held', people, grants: holds.length, endsAt }, before)
    await deps.store.audit([{ at, kind: 'removals-held', actor: system, detail }], cards)
  }
  if (calledOff.length > 0) {
    const detail = { grants: calledOff.length }
    const cards = noticeToThoseOf(deps, calledOff, { about: 'removals-called-off', grants: calledOff.length }, before)
    await deps.store.audit([{ at, kind: 'removals-called-off', actor: system, detail }], cards)
  }
}

/** A notice to the integrations' owners; if the people file lost them all, to the previous ones. */
const noticeToThoseOf = (
  deps: Deps,
  judged: readonly Judged[],
  notice: Parameters<typeof noticeTo>[2],
  before: Directory | undefined,
) => {
  const ids = new Set(judged.map(({ loaded }) => loaded.request.integration))
  const owners = [...ids].flatMap((id) => deps.integrations.get(id)?.integration.owners ?? [])
  const cards = noticeTo(deps, owners, notice)
  return cards.length > 0 || !before ? cards : noticeTo({ ...deps, directory: before }, owners, notice)
}

const closeRequest = (deps: Deps, id: Loaded['request']['id'], why: Parameters<typeof close>[1]): Promise<unknown> =>
  untilCommitted(async () => {
    const loaded = await deps.store.request(id)
    const change = loaded && close(loaded.request, why, deps.clock.now())
    return change ? deps.store.commit(change) : 'committed'
  })
