import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import { grantId, personId, resourceId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import { openBrowser } from '../support/browser.ts'
import { openBao, type TestVault } from '../support/openbao.ts'
import { encoded } from '../support/openbao-calls.ts'
import { connectorTo } from '../support/openbao-connector.ts'

const mounts = ['kv', 'team/kv', 'deep/er/kv', 'with blank/kv', 'ünï', 'dot.kv', 'pl+us', 'am&p']

let vault: TestVault
let connector: VaultConnector
let browser: Browser
beforeAll(async () => {
  vault = await openBao()
  connector = connectorTo(await vault.prepare({ kvMounts: mounts, roleName: 'pages', policyName: 'pages' }))
  browser = await openBrowser()
})
afterAll(async () => {
  await browser?.close()
  await connector?.close()
  await vault?.stop()
})

let count = 0
/** The address behind "Open in the vault", for somebody who may read just this secret. */
const addressOf = async (path: string): Promise<string> => {
  const item: Item = { resource: resourceId(path), type: 'secret', path, permission: 'read' }
  const plan = connector.plan([item])
  if (!plan.ok) throw new Error(plan.refusal.code)
  const grant = grantId(`pages${++count}`)
  const account = connector.drawAccount(personId('ada'))
  const until = after(timestamp(Date.now()), seconds(600))
  const order = { grant, account, handle: connector.draw(grant, undefined), items: [item], plan: plan.value, until }
  await connector.provision(order)
  const { credential } = await connector.issue({ ...order, handle: connector.draw(grant, order.handle) })
  return credential.signInUrl?.reveal() ?? ''
}

describe('the address behind "Open in the vault" lands on the secret, in the pages of the real server', () => {
  test.each([
    ...mounts.map((mount) => [mount, 'apps/db'] as const),
    ...['a b', "it's", 'what?', 'ha#sh', '100%', 'pc%2Fx', 'a+b', 'ü/漢字', 'back\\slash', 'a&b=c', 'semi;colon'].map(
      (name) => ['team/kv', name] as const,
    ),
    ...['quo"te', 'co:lon', 'an<gle>', 'x/y?z/w', 'show', 'br{ace}', `long/${'x'.repeat(300)}`].map(
      (name) => ['team/kv', name] as const,
    ),
  ])('%s/%s', async (mount, name) => {
    const field = `field-${++count}`
    await vault.admin('POST', `${encoded(mount)}/data/${encoded(name)}`, { data: { [field]: 'example' } })
    const page = await browser.newPage()
    await page.goto(await addressOf(`${mount}/${name}`))
    await page.getByText(field).first().waitFor({ timeout: 30_000 })
    expect(page.url()).not.toContain('wrapped_token')
    await page.close()
  })
})
