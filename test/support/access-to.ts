import { randomUUID } from 'node:crypto'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Order } from '../../src/ports.ts'

/** Access to some items as a person gets it: the token, and the end by the connector. */
export const accessTo = async (connector: VaultConnector, items: readonly Item[], life = 900) => {
  const plan = connector.plan(items)
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`grant${randomUUID().slice(0, 8)}`)
  const order: Order = {
    grant,
    account: connector.drawAccount(personId('ada')),
    handle: connector.draw(grant, undefined),
    items,
    plan: plan.value,
    until: after(timestamp(Date.now()), seconds(life)),
  }
  await connector.provision(order)
  const { credential, handle } = await connector.issue({
    ...order,
    handle: connector.draw(grant, order.handle, 'issue'),
  })
  const token = await connector.reveal({ ...order, handle }, credential.wrappingToken)
  return {
    token: token.reveal(),
    credential,
    end: () => connector.revoke({ ...order, handle }, true),
    cut: () => connector.cut(handle),
  }
}
