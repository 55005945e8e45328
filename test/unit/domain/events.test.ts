import { describe, expect, test } from 'vitest'
import { expire, submit } from '../../../src/domain/access-request.ts'
import { type AuditEvent, auditKinds, byPerson, system } from '../../../src/domain/audit-event.ts'
import { decide } from '../../../src/domain/decide.ts'
import { eventFields, eventKinds, eventOf } from '../../../src/domain/events.ts'
import { grantId, integrationId, requestId, resourceId } from '../../../src/domain/ids.ts'
import { reroute } from '../../../src/domain/reroute.ts'
import type { Route } from '../../../src/domain/routing.ts'
import { seconds } from '../../../src/domain/time.ts'
import { aGiving, anIntegration, anItem, noon, otherOwner, owner, plan, requester } from '../../support/builders.ts'

const routeTo = (group: `group:${string}`): readonly Route[] => [{ owners: [group], approvals: 1, by: 'tag' }]
const two = [anItem(), anItem({ path: 'kv/with space', resource: resourceId('other') })] as const
const wish = { id: requestId('r'), draft: 'd', requester, reason: 'restore the replica', duration: seconds(900), plan }
const asked = () => {
  const outcome = submit(
    { ...wish, items: two },
    anIntegration(),
    [routeTo('group:databases'), routeTo('group:web')],
    noon,
  )
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value
}
/** The events of audit rows, numbered as a log numbers them. */
const eventsOf = (rows: readonly AuditEvent[]) => rows.map((row, index) => eventOf({ ...row, sequence: index + 1 }))
const row = (kind: AuditEvent['kind'], detail: AuditEvent['detail'] = {}): AuditEvent => ({
  ...{ at: noon, kind, actor: system, integration: integrationId('production') },
  ...{ request: requestId('r'), grant: grantId('g'), detail },
})

describe('an event', () => {
  test('of a request says what, how long, why, and who may decide', () => {
    expect(eventsOf(asked().audit)).toEqual([
      {
        ...{ sequence: 1, at: '2026-01-15T12:00:00.000Z', type: 'request.submitted', actor: byPerson(requester) },
        ...{ vault: 'production', request: 'r', state: 'pending', seconds: 900, reason: 'restore the replica' },
        items: [
          { permission: 'read', path: 'kv/apps/db' },
          { permission: 'read', path: 'kv/with space' },
        ],
        owners: ['group:databases', 'group:web'],
      },
    ])
  })

  test('of a decision says what became of the request', () => {
    const { request } = asked()
    const owners = [new Set([owner]), new Set([otherOwner])]
    const shared = { now: noon, owners, giving: aGiving() }
    const first = decide(request, { ...shared, by: owner, verdict: 'approve' })
    if (!first.ok) throw new Error(first.refusal.code)
    const last = decide(first.value.request, { ...shared, by: otherOwner, verdict: 'deny', note: 'not this one' })
    if (!last.ok) throw new Error(last.refusal.code)
    expect(eventsOf([...first.value.audit, ...last.value.audit])).toMatchObject([
      { type: 'request.approved', state: 'pending', items: [{ path: 'kv/apps/db' }], actor: byPerson(owner) },
      {
        ...{ type: 'request.items-denied', state: 'approved', note: 'not this one' },
        ...{ items: [{ path: 'kv/with space' }], granted: [{ path: 'kv/apps/db' }] },
      },
    ])
  })

  test('of a request that nobody decided, or that new owners decide, says so', () => {
    const { request } = asked()
    const late = expire(request, request.state === 'pending' ? request.decideBy : noon)
    const moved = reroute(request, [routeTo('group:new'), routeTo('group:web')], noon)
    expect(eventsOf([...(late?.audit ?? []), ...(moved?.audit ?? [])])).toMatchObject([
      { type: 'request.expired', state: 'expired' },
      { type: 'request.rerouted', state: 'pending', owners: ['group:new'], items: [{ path: 'kv/apps/db' }] },
    ])
  })

  test('of an access says why it ends, and how that was proved', () => {
    const [started, ending, ended, fetched] = eventsOf([
      row('access-provisioned', { plan: 'f', extends: 'g-1' }),
      row('access-ending', { because: 'revoked', note: 'left the team' }),
      row('access-ended', { because: 'revoked', means: 'canary', latency: 12 }),
      row('credential-issued', { link: 'l', until: noon }),
    ])
    expect(started).toMatchObject({ type: 'access.started', grant: 'g', extends: 'g-1' })
    expect(ending).toMatchObject({ type: 'access.ending', grant: 'g', because: 'revoked', note: 'left the team' })
    expect(ended).toMatchObject({ type: 'access.ended', because: 'revoked', proof: { means: 'canary', latency: 12 } })
    expect(fetched).toMatchObject({ type: 'access.fetched', until: '2026-01-15T12:00:00.000Z' })
  })

  test('says nothing of its row but the documented fields', () => {
    const extra = { accessor: 'a-1', token: 'hvs.x', link: 'l-1', members: 'ada grace' }
    for (const kind of auditKinds)
      expect(JSON.stringify(eventOf({ ...row(kind, extra), sequence: 1 }) ?? '')).not.toMatch(/a-1|hvs|l-1|ada/)
  })

  test('comes of no row about a step, a page or an operator’s work', () => {
    for (const kind of ['access-step-failed', 'link-opened', 'refused', 'started'] as const) {
      expect(eventOf({ ...row(kind), sequence: 1 })).toBeUndefined()
    }
  })
})

test('every type of event is of one kind of row, and every field is used', () => {
  const types = Object.values(eventKinds).map(({ type }) => type)
  expect(new Set(types).size).toBe(types.length)
  const used = new Set<string>(Object.values(eventKinds).flatMap(({ fields }) => fields))
  expect([...used].toSorted()).toEqual(Object.keys(eventFields).toSorted())
})
