import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Handle } from '../../src/domain/connector.ts'
import { type GrantId, grantId, personId } from '../../src/domain/ids.ts'
import type { Item } from '../../src/domain/resource.ts'
import type { Secret } from '../../src/domain/secret.ts'
import { after, seconds, timestamp } from '../../src/domain/time.ts'
import type { Connector, Order } from '../../src/ports.ts'
import { until } from '../support/openbao-until.ts'

/** One kind of resource at one vault, for the contract. */
export type Subject = {
  readonly connector: Connector
  /** Makes a new resource and one beside it that nobody is granted. */
  makeItem(): Promise<{ readonly item: Item; readonly sibling: Item }>
  /** Uses the item with a token, as the person would: whether the vault lets it. */
  canUse(item: Item, token: Secret): Promise<boolean>
  /** Ends the item's access behind our back, as an administrator of the vault would. */
  deletePolicies(handle: Handle): Promise<void>
  /** Opens a wrapped token where it is used, if the connector itself never does. */
  readonly open?: (wrappingToken: Secret) => Promise<Secret>
  stop(): Promise<void>
}

let count = 0
const now = () => timestamp(Date.now())

/** What every connector owes the core, whatever is behind it. */
export const connectorContract = (name: string, start: () => Promise<Subject>): void => {
  describe(name, () => {
    let subject: Subject
    beforeAll(async () => {
      subject = await start()
    })
    afterAll(() => subject.stop())

    /** What the use cases do around each step. */
    const newOrder = (item: Item, given: Partial<Order> = {}): Order => {
      const { connector } = subject
      const items = given.items ?? [item]
      const plan = connector.plan(items)
      if (!plan.ok) throw new Error(plan.refusal.code)
      const grant: GrantId = given.grant ?? grantId(`grant${++count}`)
      return {
        grant,
        account: connector.drawAccount(personId('Jane Doe')),
        handle: connector.draw(grant, undefined),
        items,
        plan: plan.value,
        until: after(now(), seconds(600)),
        ...given,
      }
    }
    const provisioned = async (given: Partial<Order> = {}) => {
      const made = await subject.makeItem()
      const order = newOrder(made.item, given)
      await subject.connector.provision(order)
      return { ...made, order }
    }
    const open = (order: Order, wrappingToken: Secret) =>
      subject.open?.(wrappingToken) ?? subject.connector.reveal(order, wrappingToken)
    const issueTo = async (order: Order) => {
      const { connector } = subject
      const issued = await connector.issue({ ...order, handle: connector.draw(order.grant, order.handle, 'issue') })
      const next = { ...order, handle: issued.handle }
      return { ...issued, order: next, token: await open(next, issued.credential.wrappingToken) }
    }

    test('an issued credential uses exactly what was granted', async () => {
      const { item, sibling, order } = await provisioned()
      const { token, credential } = await issueTo(order)
      expect([await subject.canUse(item, token), await subject.canUse(sibling, token)]).toEqual([true, false])
      expect(credential.commands).toHaveLength(1)
      expect(JSON.stringify(credential)).not.toContain(token.reveal())
    })

    test('of several items each that was approved can be used, under one policy, and nothing else', async () => {
      const [one, other, denied] = [await subject.makeItem(), await subject.makeItem(), await subject.makeItem()]
      const items = [one.item, other.item]
      const order = newOrder(one.item, { items })
      await subject.connector.provision(order)
      const { token, credential, order: issued } = await issueTo(order)
      const uses = [one.item, other.item, denied.item, one.sibling, other.sibling]
      expect(await Promise.all(uses.map((item) => subject.canUse(item, token)))).toEqual([
        true,
        true,
        false,
        false,
        false,
      ])
      expect(credential.commands).toHaveLength(2)
      expect(issued.handle.policies).toHaveLength(1)
      const all = subject.connector.plan([...items, denied.item])
      await expect(subject.connector.provision({ ...order, ...(all.ok && { plan: all.value }) })).rejects.toMatchObject(
        { code: 'plan-changed' },
      )
      await subject.connector.revoke(issued, true)
      expect(await Promise.all(items.map((item) => subject.canUse(item, token)))).toEqual([false, false])
    })

    test('provisioning twice under one name, and again under a new one, leaves one policy that works', async () => {
      const { item, order } = await provisioned()
      await subject.connector.provision(order)
      const again = { ...order, handle: subject.connector.draw(order.grant, order.handle) }
      await subject.connector.provision(again)
      expect(again.handle.policies).toHaveLength(2)
      const { token, order: last } = await issueTo(again)
      expect(await subject.canUse(item, token)).toBe(true)
      expect(last.handle.policies).toHaveLength(1)
      await subject.connector.revoke(last, false)
    })

    test('issuing again kills the credential before', async () => {
      const { item, order } = await provisioned()
      const first = await issueTo(order)
      const second = await issueTo(first.order)
      expect([await subject.canUse(item, first.token), await subject.canUse(item, second.token)]).toEqual([false, true])
    })

    test('issuing does not give back what somebody took away at the vault', async () => {
      const { order } = await provisioned()
      await subject.deletePolicies(order.handle)
      await expect(issueTo(order)).rejects.toMatchObject({ code: 'missing-at-vault', transient: false })
    })

    test.each([
      [true, 'canary'],
      [false, 'readback'],
    ])(
      'revoking (thorough: %s) ends tokens already handed out, and says how that was proved',
      async (isThorough, means) => {
        const { item, order } = await provisioned()
        const { token, order: issued } = await issueTo(order)
        expect(await subject.canUse(item, token)).toBe(true)
        const proof = await subject.connector.revoke(issued, isThorough)
        expect(await subject.canUse(item, token)).toBe(false)
        if (isThorough) expect(proof.means).toBe(means)
        else expect(['readback', 'accessor']).toContain(proof.means)
        expect(proof.latency).toBeGreaterThanOrEqual(0)
        expect(proof.latency).toBeLessThan(5000)
      },
    )

    test('revoking twice, and revoking what was never made, is fine', async () => {
      const { order } = await provisioned()
      await subject.connector.revoke(order, true)
      expect((await subject.connector.revoke(order, true)).means).not.toBe('canary')
      const { item } = await subject.makeItem()
      await subject.connector.revoke(newOrder(item), true)
      await subject.connector.revoke(newOrder(item, { handle: {} }), true)
    })

    test('withdrawing kills what was handed out and lets the grant be issued anew', async () => {
      const { item, order } = await provisioned()
      const first = await issueTo(order)
      const { handle, proof } = await subject.connector.withdraw(first.order)
      expect([handle.policies, proof.means]).toEqual([[], 'canary'])
      expect(await subject.canUse(item, first.token)).toBe(false)
      const second = await issueTo({ ...first.order, handle })
      expect([await subject.canUse(item, first.token), await subject.canUse(item, second.token)]).toEqual([false, true])
    })

    test('the vault ends it alone if we never do', async () => {
      const { item, order } = await provisioned({ until: after(now(), seconds(3)) })
      const { token, order: issued, credential } = await issueTo(order)
      expect(credential.spendBy).toBeLessThanOrEqual(credential.until)
      expect(await subject.canUse(item, token)).toBe(true)
      await until(async () => !(await subject.canUse(item, token)))
      expect(Date.now()).toBeLessThan(order.until + 2000) // the machine may be busy; past it the policy goes too
      await expect(issueTo(issued)).rejects.toMatchObject({ code: 'too-late' })
    })

    test('a credential opens once, and only one of the grant counts', async () => {
      const { connector } = subject
      const { order } = await provisioned()
      const handle = connector.draw(order.grant, order.handle, 'issue')
      const { credential, handle: stored } = await connector.issue({ ...order, handle })
      const issued = { ...order, handle: stored }
      if (connector.reveals === false) {
        const refused = connector.reveal(issued, credential.wrappingToken)
        return expect(refused).rejects.toMatchObject({ code: 'not-revealed', transient: false })
      }
      await connector.reveal(issued, credential.wrappingToken)
      const again = connector.reveal(issued, credential.wrappingToken)
      await expect(again).rejects.toMatchObject({ code: 'spent-unseen' })

      const other = await provisioned({ account: order.account })
      const foreign = await connector.issue({
        ...other.order,
        handle: connector.draw(other.order.grant, other.order.handle, 'issue'),
      })
      const swapped = connector.reveal(issued, foreign.credential.wrappingToken)
      await expect(swapped).rejects.toMatchObject({ code: 'wrong-creation-path' })
    })

    test('nothing but what was approved is written', async () => {
      const { item } = await subject.makeItem()
      const order = newOrder(item)
      const altered = { ...order, plan: { ...order.plan, hash: '0'.repeat(64) } }
      await expect(subject.connector.provision(altered)).rejects.toMatchObject({
        code: 'plan-changed',
        transient: false,
      })
    })

    test('names that are not ours are left alone', async () => {
      const { connector } = subject
      const { order } = await provisioned()
      const alien = { ...order, handle: { ...order.handle, policies: ['apono-management'] } }
      await expect(connector.revoke(alien, false)).rejects.toMatchObject({ code: 'not-ours' })
      await expect(connector.provision({ ...order, account: 'a-human' })).rejects.toMatchObject({ code: 'not-ours' })
      await expect(connector.remove({ kind: 'account', name: 'a-human' })).rejects.toMatchObject({ code: 'not-ours' })
      await expect(connector.disarm('a-human')).rejects.toMatchObject({ code: 'not-ours' })
    })
  })
}
