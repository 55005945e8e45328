import type { Grant } from '../domain/grant.ts'
import type { Order } from '../ports.ts'

/** What a connector is asked to do for a grant; how long, each step says itself. */
export const orderOf = (grant: Grant, account: string): Omit<Order, 'until'> => ({
  grant: grant.id,
  account,
  handle: grant.handle ?? {},
  items: grant.items,
  plan: grant.plan,
})
