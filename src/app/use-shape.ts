import type { UsedSoFar } from '../domain/receipt.ts'
import type { Loaded } from '../ports.ts'
import { usedSoFarOf } from './used-so-far.ts'

type Used = NonNullable<Awaited<ReturnType<typeof usedSoFarOf>>>

/** What was done with an access, for programs and outsiders. Moments are ISO 8601 in UTC. */
export const useShape = ({ times, last, addresses, refused, gaps, receipts }: Used) => ({
  ...{ times, refused, addresses: [...addresses] },
  ...(last !== undefined && { last: iso(last) }),
  ...(gaps.length > 0 && { incomplete: gapShapes(gaps) }),
  receipts: receipts.map(({ path, operation, outcome, count, first, last: latest, addresses: from }) => ({
    ...{ path, operation, outcome, count, first: iso(first), last: iso(latest), addresses: [...from] },
  })),
})

/** The same for one access; nothing where its vault's audit log is not read. */
export const usedShapeOf = async (
  store: Parameters<typeof usedSoFarOf>[0],
  loaded: Loaded,
): Promise<{ readonly used?: ReturnType<typeof useShape> }> => {
  const used = await usedSoFarOf(store, loaded)
  return used ? { used: useShape(used) } : {}
}

const gapShapes = (gaps: UsedSoFar['gaps']) =>
  gaps.map(({ from, to }) => ({ from: iso(from), ...(to !== undefined && { to: iso(to) }) }))

const iso = (moment: number): string => new Date(moment).toISOString()
