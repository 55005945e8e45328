import type { Grant } from '../domain/grant.ts'
import type { Order } from '../ports.ts'

/** The order for a connector about a grant; each step adds how long. */
export const orderOf = (grant: Grant, account: string): Omit<Order, 'until'> => ({
  grant: grant.id,
  account,
  handle: grant.handle ?? {},
  items: grant.items,
  plan: grant.plan,
  ...(grant.workload && { workload: grant.workload }),
  ...(grant.approved && { approved: grant.approved }),
})
