import { expect, test } from 'vitest'
import { cancel, expire } from '../../src/domain/access-request.ts'
import { evolve } from '../../src/domain/grant.ts'
import { cardId, grantId } from '../../src/domain/ids.ts'
import { reroute } from '../../src/domain/reroute.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const { at } = sample

/** Changes of requests and grants. */
export function changesContract(store: Current): void {
  test('a new request is stored as it was submitted, at revision 1', async () => {
    const change = sample.submission({ items: [sample.item('apps/db'), sample.item('apps/mail')] })
    expect(await store().commit(change)).toBe('committed')
    const stored = { request: { ...change.request, revision: 1 } }
    expect(await store().request(change.request.id)).toEqual(stored)
    expect(await store().requestByDraft(change.request.draft)).toEqual(stored)
  })

  test('the same form sent twice makes one request', async () => {
    const change = sample.submission()
    await store().commit(change)
    const again = { ...sample.submission().request, draft: change.request.draft }
    expect(await store().commit({ ...change, request: again })).toBe('conflict')
    expect(await store().request(again.id)).toBeUndefined()
    expect(await store().auditRows(0, 10)).toHaveLength(1)
  })

  test('a person who awaits a decision asks for nothing of it twice, also not at the same instant', async () => {
    const [db, mail, web] = [sample.item('apps/db'), sample.item('apps/mail'), sample.item('apps/web')]
    const overlapping = [[db, mail], [mail], [mail, web]] as const
    const wishes = overlapping.map((each) => sample.submission({ items: each }))
    const outcomes = await Promise.all(wishes.map((change) => store().commit(change)))
    expect(outcomes.toSorted()).toEqual(['committed', 'conflict', 'conflict'])
    const winner = sample.present(wishes[outcomes.indexOf('committed')])
    const named = [db, mail, web].map(({ resource }) => resource)
    expect(sample.idsOf(await store().requestsFor(...named))).toEqual([winner.request.id])
    await sample.mustCommit(store(), sample.denial({ ...winner.request, revision: 1 }))
    expect(await store().commit(sample.submission({ items: [mail] }))).toBe('committed')
  })

  test('others may ask for the same thing, and the same person for another permission', async () => {
    const asked = sample.item('apps/db')
    await sample.submitted(store(), { items: [asked] })
    await sample.submitted(store(), { items: [asked], by: sample.linus })
    await sample.submitted(store(), { items: [{ ...asked, permission: 'write' }] })
    expect(await store().requestsFor(asked.resource)).toHaveLength(3)
  })

  test('a request with an id that exists is a conflict', async () => {
    const change = sample.submission()
    await store().commit(change)
    expect(await store().commit({ ...change, request: { ...change.request, draft: 'another' } })).toBe('conflict')
  })

  test('a change of a request that was never stored is a conflict', async () => {
    const { request } = sample.submission()
    expect(await store().commit({ request: { ...request, revision: 1 }, audit: [sample.event()] })).toBe('conflict')
    expect(await store().auditRows(0, 9)).toEqual([])
  })

  test('every state of a request is read back as it was written', async () => {
    const pending = () => sample.submitted(store())
    const one = await pending()
    const two = await pending()
    const three = await pending()
    const changes = [
      sample.denial(one.request),
      sample.granted(cancel(two.request, sample.ada, at(11))),
      sample.present(expire(three.request, at(600))),
    ]
    for (const change of changes) {
      await sample.mustCommit(store(), change)
      const revision = change.request.revision + 1
      expect(await store().request(change.request.id)).toEqual({ request: { ...change.request, revision } })
    }
  })

  test('an approval stores the decision and its grant together', async () => {
    const { request } = await sample.submitted(store())
    const change = sample.approval(request)
    await sample.mustCommit(store(), change)
    const stored = { request: { ...change.request, revision: 2 }, grant: change.grant }
    expect(await store().request(request.id)).toEqual(stored)
    expect(await store().requestOfGrant(sample.grantOf(change).id)).toEqual(stored)
  })

  test('two approvals are kept in the order in which they came', async () => {
    const { request } = await sample.submitted(store(), { approvals: 2 })
    await sample.mustCommit(store(), sample.approval(request, sample.linus, at(10)))
    const once = await sample.reload(store(), request)
    expect(once.request.state).toBe('pending')
    await sample.mustCommit(store(), sample.approval(once.request, sample.grace, at(11)))
    const { decisions, state } = (await sample.reload(store(), request)).request
    expect([state, ...decisions.map(({ by }) => by)]).toEqual(['approved', sample.linus, sample.grace])
  })

  test('every state of a grant is read back as it was written', async () => {
    const loaded = await sample.approved(store())
    const proof = { means: 'readback', at: at(50), latency: 12.25 } as const
    const events = [
      { kind: 'failed', transient: true, code: 'unreachable' },
      { kind: 'provisioned', handle: sample.handled },
      { kind: 'withdraw-asked' },
      { kind: 'failed', transient: true, code: 'unreachable' },
      { kind: 'withdrawn' },
      { kind: 'withdraw-asked' },
      { kind: 'revoke-asked', because: 'revoked', by: sample.grace },
      { kind: 'failed', transient: true, code: 'sealed' },
      { kind: 'revoked', proof },
      { kind: 'provisioned', handle: sample.handled },
    ] as const
    await store().saveHandle(sample.grantOf(loaded).id, sample.handled)
    for (const event of events) {
      const now = await sample.reload(store(), loaded.request)
      const grant = evolve(sample.grantOf(now), event, at(40))
      await sample.mustCommit(store(), { request: now.request, grant, audit: [] })
      expect((await sample.reload(store(), loaded.request)).grant).toEqual(grant)
    }
  })

  test('of many changes made from one revision exactly one is committed', async () => {
    const { request } = await sample.submitted(store(), { approvals: 9 })
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, second) => store().commit(sample.approval(request, sample.grace, at(second)))),
    )
    expect(answers.filter((answer) => answer === 'committed')).toHaveLength(1)
    const after = await sample.reload(store(), request)
    expect([after.request.revision, after.request.decisions.length]).toEqual([2, 1])
    expect(await store().auditRows(0, 100)).toHaveLength(2)
  })

  test('a conflict leaves nothing behind: no grant, card or audit row', async () => {
    const { request } = await sample.submitted(store())
    const stale = { ...sample.approval(request), cards: [sample.card({ request: request.id })] }
    await sample.mustCommit(store(), sample.denial(request))
    expect(await store().commit(stale)).toBe('conflict')
    expect(await store().requestOfGrant(sample.grantOf(stale).id)).toBeUndefined()
    expect((await sample.claimCards(store(), 10)).things).toEqual([])
    expect(await store().auditRows(0, 9)).toHaveLength(2)
  })

  test('a change that breaks a rule of the tables is thrown and leaves nothing behind', async () => {
    const { request } = await sample.submitted(store())
    const { grant: _, ...withoutGrant } = sample.approval(request)
    await expect(store().commit(withoutGrant)).rejects.toThrow()
    const taken = sample.card({ id: cardId('taken'), audience: 'notice', notice: { about: 'access-missing' } })
    await store().addCards([taken])
    await expect(store().commit({ ...sample.approval(request), cards: [taken] })).rejects.toThrow()
    expect(await store().request(request.id)).toEqual({ request })
    expect(await store().auditRows(0, 9)).toHaveLength(1)
  })

  test('a second grant for a request is refused', async () => {
    const { request, grant } = await sample.approved(store())
    const second = { ...sample.present(grant), id: grantId('second') }
    await expect(store().commit({ request, grant: second, audit: [] })).rejects.toThrow()
  })

  test('a grant for a request that is not approved is refused', async () => {
    const { request } = await sample.submitted(store())
    const { grant } = sample.approval(request)
    await expect(store().commit({ request, grant: sample.present(grant), audit: [] })).rejects.toThrow()
  })

  test('a decided request stays decided, whatever is committed', async () => {
    const { request } = await sample.submitted(store())
    await sample.mustCommit(store(), sample.denial(request))
    const denied = await sample.reload(store(), request)
    const revived = { ...request, revision: denied.request.revision }
    await expect(store().commit({ request: revived, audit: [] })).rejects.toThrow()
  })

  test('re-routing takes back the decisions and names the new owners', async () => {
    const { request } = await sample.submitted(store(), { approvals: 2 })
    await sample.mustCommit(store(), sample.approval(request))
    const half = await sample.reload(store(), request)
    const owners = [{ owners: ['group:security'], approvals: 1, by: 'pinned' }] as const
    await sample.mustCommit(store(), sample.present(reroute(half.request, [owners], at(20))))
    const after = (await sample.reload(store(), request)).request
    expect([after.decisions, after.requirements]).toEqual([[], owners])
    await sample.mustCommit(store(), sample.approval(after))
    expect((await sample.reload(store(), request)).request.state).toBe('approved')
  })

  test('a commit never writes the handle of a grant that exists', async () => {
    const loaded = await sample.approved(store())
    const grant = sample.grantOf(loaded)
    await store().saveHandle(grant.id, sample.handled)
    const revoked = evolve(grant, { kind: 'revoke-asked', because: 'given-back' }, at(20))
    await sample.mustCommit(store(), { request: loaded.request, grant: revoked, audit: [] })
    const after = sample.grantOf(await sample.reload(store(), loaded.request))
    expect([after.state, after.handle]).toEqual(['revoking', sample.handled])
  })

  test('saving names leaves the revision alone, and names a grant that does not exist', async () => {
    const loaded = await sample.approved(store())
    await store().saveHandle(sample.grantOf(loaded).id, sample.handled)
    expect((await sample.reload(store(), loaded.request)).request).toEqual(loaded.request)
    await expect(store().saveHandle(grantId('nowhere'), {})).rejects.toThrow('nowhere')
  })
}
