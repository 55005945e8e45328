import type { GrantId } from './ids.ts'
import type { Timestamp } from './time.ts'

/** `refused`: the vault's policies did not allow it. */
export type UseOutcome = 'allowed' | 'refused'

/** One answer of the vault to the holder of an access, as its audit log tells it. */
export type Use = {
  readonly grant: GrantId
  /** As the vault writes it, without a leading slash. */
  readonly path: string
  /** The vault's word, such as `read` or `update`. */
  readonly operation: string
  readonly outcome: UseOutcome
  readonly at: Timestamp
  /** Where it came from, if the vault knows. */
  readonly address?: string
}

/** What was done with an access on one path, in one way. */
export type Receipt = Pick<Use, 'grant' | 'path' | 'operation' | 'outcome'> & {
  readonly count: number
  readonly first: Timestamp
  readonly last: Timestamp
  /** The latest ones, the newest first. */
  readonly addresses: readonly string[]
}

/** A time in which the audit log was not read completely; without `to` it goes on. */
export type Gap = { readonly from: Timestamp; readonly to?: Timestamp }

/** Stands for the further paths of an access that has more receipts than are kept one by one. */
export const furtherPaths = '*'

/** Of each outcome: refused attempts, which anybody may make up, leave the room of what was allowed. */
const mostReceipts = 200
const mostAddresses = 5
const longestPath = 800

/**
 * The receipts of one access after more uses, and which of them are new or changed. The order of uses does not matter,
 * except for which paths are kept one by one.
 */
export const withUses = (
  receipts: readonly Receipt[],
  uses: readonly Use[],
): { readonly all: readonly Receipt[]; readonly changed: readonly Receipt[] } => {
  const known = new Map(receipts.map((receipt) => [keyOf(receipt), receipt]))
  const kept = { allowed: 0, refused: 0 }
  for (const { outcome } of receipts) kept[outcome] += 1
  const changed = new Map<string, Receipt>()
  for (const use of uses) {
    const exact = { ...use, path: pathOf(use) }
    const isRoom = known.has(keyOf(exact)) || kept[use.outcome] < mostReceipts
    const counted = isRoom ? exact : { ...exact, path: furtherPaths }
    const key = keyOf(counted)
    const receipt = withUse(known.get(key), counted)
    if (!known.has(key)) kept[use.outcome] += 1
    known.set(key, receipt)
    changed.set(key, receipt)
  }
  return { all: [...known.values()], changed: [...changed.values()] }
}

/** The path as a receipt has it. */
export const pathOf = ({ path }: Pick<Use, 'path'>): string => path.slice(0, longestPath)

const keyOf = ({ path, operation, outcome }: Pick<Use, 'path' | 'operation' | 'outcome'>): string =>
  JSON.stringify([path, operation, outcome])

const withUse = (before: Receipt | undefined, { grant, path, operation, outcome, at, address }: Use): Receipt => {
  const seen = address === undefined ? [] : [address]
  if (!before) return { grant, path, operation, outcome, count: 1, first: at, last: at, addresses: seen }
  const isNewer = at >= before.last
  const others = before.addresses.filter((one) => one !== address)
  return {
    ...before,
    count: before.count + 1,
    first: at < before.first ? at : before.first,
    last: isNewer ? at : before.last,
    // A late line never pushes a newer address out.
    addresses: (isNewer
      ? [...seen, ...others]
      : [...before.addresses, ...seen.filter(isNotIn(before.addresses))]
    ).slice(0, mostAddresses),
  }
}

const isNotIn = (list: readonly string[]) => (one: string) => !list.includes(one)

/** What was done with an access, in short. */
export type UsedSoFar = {
  readonly times: number
  readonly last?: Timestamp
  /** Where the successful uses came from, the newest first. */
  readonly addresses: readonly string[]
  readonly refused: number
  readonly lastRefused?: Timestamp
  /** Within these times more may have happened. */
  readonly gaps: readonly Gap[]
}

/** Sums up receipts, and the gaps that fall into the time of the access. */
export const usedSoFar = (
  receipts: readonly Receipt[],
  gaps: readonly Gap[],
  life: { readonly from: Timestamp; readonly to?: Timestamp },
): UsedSoFar => {
  const newest = [...receipts].sort((one, other) => other.last - one.last)
  const allowed = newest.filter(({ outcome }) => outcome === 'allowed')
  const refused = newest.filter(({ outcome }) => outcome === 'refused')
  const [last, lastRefused] = [allowed[0]?.last, refused[0]?.last]
  return {
    times: sumOf(allowed),
    ...(last !== undefined && { last }),
    addresses: [...new Set(allowed.flatMap(({ addresses }) => addresses))].slice(0, mostAddresses),
    refused: sumOf(refused),
    ...(lastRefused !== undefined && { lastRefused }),
    gaps: gapsWithin(gaps, life),
  }
}

const sumOf = (receipts: readonly Receipt[]): number => receipts.reduce((sum, { count }) => sum + count, 0)

/** The parts of gaps that fall into a time, joined where they touch. */
export const gapsWithin = (
  gaps: readonly Gap[],
  { from, to }: { readonly from: Timestamp; readonly to?: Timestamp },
): readonly Gap[] => {
  const own = gaps
    .filter((gap) => (gap.to === undefined || gap.to > from) && (to === undefined || gap.from < to))
    .map((gap): Gap => {
      const end = gap.to === undefined ? to : to === undefined || gap.to < to ? gap.to : to
      return { from: gap.from > from ? gap.from : from, ...(end !== undefined && { to: end }) }
    })
    .sort((one, other) => one.from - other.from)
  const joined: Gap[] = []
  for (const gap of own) {
    const before = joined.pop()
    if (!before) joined.push(gap)
    else if (before.to !== undefined && before.to < gap.from) joined.push(before, gap)
    else joined.push(covering(before, gap))
  }
  return joined
}

const covering = (before: Gap, { to }: Gap): Gap =>
  before.to === undefined || to === undefined
    ? { from: before.from }
    : { from: before.from, to: to > before.to ? to : before.to }
