import { afterAll, beforeAll, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { connectorTo } from '../support/openbao-connector.ts'

let vault: TestVault
let connector: VaultConnector
beforeAll(async () => {
  vault = await openBao()
  connector = connectorTo(vault.prepared)
})
afterAll(async () => {
  await connector.close()
  await vault.stop()
})

const item: Item = { resource: resourceId('r'), type: 'secret', path: 'kv/apps/db', permission: 'read' }

const entities = async (): Promise<number> => {
  const { data } = (await vault.admin('GET', 'identity/entity/id?list=true')) as { data: { keys: string[] } }
  return data.keys.length
}
const policies = async (): Promise<readonly string[]> => {
  const { data } = (await vault.admin('GET', 'sys/policies/acl?list=true')) as { data: { keys: string[] } }
  return data.keys
}

test('two hundred grants to one person, each with its credential and its end, add one entity and no policy', async () => {
  const plan = connector.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const account = connector.drawAccount(personId('jane'))
  const give = async (name: string) => {
    const grant = grantId(name)
    const handle = connector.draw(grant, undefined)
    const until = after(timestamp(Date.now()), seconds(600))
    const order = { grant, account, handle, items: [item], plan: plan.value, until }
    await connector.provision(order)
    const issued = await connector.issue({ ...order, handle: connector.draw(grant, handle) })
    await connector.revoke({ ...order, handle: issued.handle }, false)
  }
  await connector.checkRights() // logs the bot in, which is an entity of its own
  const before = { entities: await entities(), policies: await policies() }
  for (let number = 1; number <= 200; number += 1) await give(`many${number}`)
  expect(await entities()).toBe(before.entities + 1)
  expect(await policies()).toEqual(before.policies)
})
