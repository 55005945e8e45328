import type { Usage } from '../domain/credential.ts'
import type { Grant } from '../domain/grant.ts'
import type { Connector, Order } from '../ports.ts'

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

/** How a grant is used: by a person with a token, or by a workload that logs in. */
export const usageOf = (connector: Connector, { items, workload, handle }: Grant): Usage =>
  connector.usage(items, workload && handle && { workload, handle })
