import type { AccessRequest, Change, Decision } from './access-request.ts'
import { system } from './audit-event.ts'
import { newExceptions } from './beneath.ts'
import type { Plan } from './connector.ts'
import type { Outcome } from './refusal.ts'
import { mostNamed, requestEvent } from './request-audit.ts'
import { itemsAt } from './request-items.ts'
import type { Item } from './resource.ts'
import type { Positions } from './routing.ts'
import type { Timestamp } from './time.ts'

type Items = AccessRequest['items']

/**
 * A pending request with more exceptions in its folders, and the plan for them. Earlier approvals stay: they are now for
 * less than their owners saw. `planFor` is the vault's plan for some items.
 */
export const narrowRequest = (
  request: AccessRequest,
  { items, plan }: { readonly items: Items; readonly plan: Plan },
  planFor: (items: readonly Item[]) => Outcome<Plan>,
  now: Timestamp,
): Change => {
  const hashOf = (of: Pick<AccessRequest, 'items'>, positions: Positions): string | undefined => {
    const made = planFor(itemsAt(of, positions))
    return made.ok ? made.value.hash : undefined
  }
  const narrowed = (decision: Decision): Decision => {
    const { part } = decision
    // An approval that meant something else before keeps its hash, so that it gives nothing now.
    if (part?.plan === undefined || part.plan !== hashOf(request, part.items)) return decision
    const hash = hashOf({ items }, part.items)
    return hash === undefined ? decision : { ...decision, part: { ...part, plan: hash } }
  }
  const names = addedTo(request.items, items)
  const detail = { excepted: exceptedText(names), count: names.length, plan: plan.hash }
  return {
    request: { ...request, items, plan, decisions: request.decisions.map(narrowed) },
    audit: [requestEvent(request, 'request-narrowed', system, now, detail)],
  }
}

/** What the later items except beyond the earlier ones. */
export const addedTo = (before: Items, now: Items): readonly string[] =>
  before.flatMap((_, position) => addedAt(before, now, position))

const addedAt = (before: Items, now: Items, position: number): readonly string[] => {
  const [one, other] = [before[position], now[position]]
  return one && other ? newExceptions(one, other) : []
}

/** Names as an audit row has them: JSON, because a path may contain any separator. */
export const exceptedText = (names: readonly string[]): string => JSON.stringify(names.slice(0, mostNamed))
