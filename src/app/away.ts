import type { Notice } from '../domain/card.ts'
import type { Away } from '../domain/discovery.ts'
import type { IntegrationId } from '../domain/ids.ts'
import { type Refusal, refuse } from '../domain/refusal.ts'
import type { Item } from '../domain/resource.ts'
import { noticeTo } from './cards-for.ts'
import type { Deps, DiscoveryDeps } from './deps.ts'

/** Notes the parts that a pass could not list. Owners are told once when a part goes away, and once when it is back. */
export const noteAway = async (
  deps: DiscoveryDeps,
  integration: IntegrationId,
  lost: ReadonlyMap<string, string>,
): Promise<void> => {
  const before = await deps.store.awayAt(integration)
  const now = deps.clock.now()
  const away = [...lost].map(([place, code]): Away => {
    const since = before.find((one) => one.place === place)?.since ?? now
    return { place, code, since }
  })
  if (before.length === 0 && away.length === 0) return
  const gone = away.filter(({ place }) => before.every((one) => one.place !== place))
  const back = before.filter(({ place }) => !lost.has(place))
  for (const { place, code } of gone) deps.log.warn({ integration, place, code }, 'a part of the vault is away')
  for (const { place } of back) deps.log.info({ integration, place }, 'a part of the vault is back')
  const news = [
    ...gone.map(({ place, code }): Notice => ({ about: 'place-away', integration, place, code })),
    ...back.map(({ place, code }): Notice => ({ about: 'place-back', integration, place, code })),
  ]
  const owners = deps.integrations.get(integration)?.integration.owners ?? []
  const cards = news.flatMap((notice) => noticeTo(deps, owners, notice))
  await deps.store.saveAway(integration, away, cards)
}

/** Each part that is away, by its integration and place. */
export const awayParts = async ({
  store,
  integrations,
}: Pick<Deps, 'store' | 'integrations'>): Promise<readonly string[]> => {
  const parts = [...integrations.keys()].map(async (integration) =>
    (await store.awayAt(integration)).map(({ place }) => `integration ${integration}: ${place}`),
  )
  return (await Promise.all(parts)).flat()
}

/** The refusal for an item in a part that was away at the last look. */
export const awayRefusal = async (
  { store }: Pick<Deps, 'store'>,
  integration: IntegrationId,
  items: readonly Pick<Item, 'path'>[],
): Promise<{ readonly ok: false; readonly refusal: Refusal } | undefined> => {
  const away = await store.awayAt(integration)
  const found = away.find(({ place }) => items.some(({ path }) => path.startsWith(place)))
  return found && refuse({ code: 'place-away', place: found.place, since: found.since, why: found.code })
}
