import { system } from '../domain/audit-event.ts'
import { ownersOfExcepted, stillExcepting } from '../domain/beneath.ts'
import { evolve, type Grant } from '../domain/grant.ts'
import type { GrantId } from '../domain/ids.ts'
import { addedTo, exceptedText } from '../domain/narrow-request.ts'
import { isNeverNarrowed } from '../domain/narrowed-grant.ts'
import { accept, type Outcome, type Refusal, refuse } from '../domain/refusal.ts'
import { isFolder } from '../domain/resource.ts'
import type { Integrations, Loaded, NewCard } from '../ports.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import { aboutGrant, type Deps, untilCommitted } from './deps.ts'
import { askForEnd, notNarrowable } from './revoke-grant.ts'
import { type Walked, type WalkMemory, walkBeneath } from './walk-beneath.ts'

/** Whether a grant covers what lies beneath a folder. */
export const coversFolder = ({ items }: Pick<Grant, 'items'>): boolean => items.some(isFolder)

/**
 * Looks up what lies beneath the folders of a grant, and writes what it must except besides. The row then says that the
 * vault must be told. The owners of what is excepted are told, and the integration's. Where no policy can except it, the
 * access ends. Returns the grant as it is now.
 */
export const narrowGrant = async (
  deps: Deps,
  entry: NonNullable<ReturnType<Integrations['get']>>,
  id: GrantId,
  memory?: WalkMemory,
): Promise<Outcome<Grant | undefined>> =>
  untilCommitted<Outcome<Grant | undefined>>(async () => {
    const loaded = await deps.store.requestOfGrant(id)
    const grant = loaded?.grant
    if (!grant || !coversFolder(grant) || (grant.state !== 'active' && grant.state !== 'provisioning'))
      return accept(grant)
    const walked = await walkBeneath(entry, grant.items, stillExcepting, memory)
    if (!walked.ok) return endedFor(deps, loaded, id, walked.refusal)
    const { items } = walked.value
    const names = addedTo(grant.items, items)
    if (names.length === 0) return accept(grant)
    const plan = entry.connector.narrowedPlan(items, grant.workload)
    if (!plan.ok) return endedFor(deps, loaded, id, plan.refusal)
    const at = deps.clock.now()
    const { request } = loaded
    const narrowed = evolve(grant, { kind: 'narrow-asked', items, plan: plan.value }, at)
    const detail = { excepted: exceptedText(names), count: names.length, plan: plan.value.hash }
    const saved = await deps.store.commit({
      request,
      grant: narrowed,
      audit: [{ at, kind: 'access-narrowed', actor: system, ...aboutGrant(request, id), detail }],
      cards: newsOf(deps, entry, loaded, names, walked.value),
    })
    deps.nudge()
    return saved === 'conflict' ? 'conflict' : accept(narrowed)
  })

/**
 * An access that would stay open to what nobody approved ends. Other faults may pass, so the access stays; a look that is
 * not finished twice in a row does not, because a holder who may write could cause it for ever.
 */
const endedFor = async (
  deps: Deps,
  loaded: Loaded,
  id: GrantId,
  refusal: Refusal,
): Promise<Outcome<Grant | undefined>> => {
  const isAgain = refusal.code === 'walk-unfinished' && loaded.grant?.trouble?.code === refusal.code
  if (!isAgain && !isNeverNarrowed(refusal.code)) return refuse(refusal)
  deps.log.warn({ grant: id, code: refusal.code }, 'what is new beneath a folder cannot be left out: the access ends')
  const asked = await askForEnd(deps)(id, notNarrowable(refusal.code), loaded)
  return accept(asked.ok ? asked.value.grant : undefined)
}

const mostNamed = 5

const newsOf = (
  deps: Deps,
  { integration }: NonNullable<ReturnType<Integrations['get']>>,
  { request }: Loaded,
  names: readonly string[],
  { beneath }: Walked,
): readonly NewCard[] => {
  const parties = beneath.flatMap((one) => ownersOfExcepted(integration, names, one))
  const notice = { about: 'access-narrowed', names: names.slice(0, mostNamed), count: names.length } as const
  return peopleIn(deps, [...parties, ...integration.owners], [request.requester]).flatMap((person) =>
    cardsTo(deps, person, { request: request.id, audience: 'notice', notice }),
  )
}
