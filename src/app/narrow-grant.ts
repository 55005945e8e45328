import { system } from '../domain/audit-event.ts'
import { ownersOfExcepted, stillExcepting } from '../domain/beneath.ts'
import { evolve, type Grant } from '../domain/grant.ts'
import type { GrantId } from '../domain/ids.ts'
import { addedTo, exceptedText } from '../domain/narrow-request.ts'
import { accept, type Outcome, refuse } from '../domain/refusal.ts'
import { isFolder } from '../domain/resource.ts'
import type { Integrations, Loaded, NewCard } from '../ports.ts'
import { cardsTo, peopleIn } from './cards-for.ts'
import { aboutGrant, type Deps, untilCommitted } from './deps.ts'
import { type Walked, type WalkMemory, walkBeneath } from './walk-beneath.ts'

/** Whether a grant covers what lies beneath a folder. */
export const coversFolder = ({ items }: Pick<Grant, 'items'>): boolean => items.some(isFolder)

/**
 * Looks up what lies beneath the folders of a grant, and writes what it must except besides. The row then says that the
 * vault must be told. The owners of what is excepted are told, and the integration's. Returns the grant as it is now.
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
    if (!walked.ok) return walked
    const { items } = walked.value
    const names = addedTo(grant.items, items)
    if (names.length === 0) return accept(grant)
    const plan = entry.connector.plan(items)
    if (!plan.ok) return refuse(plan.refusal)
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
