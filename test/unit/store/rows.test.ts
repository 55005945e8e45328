import { describe, expect, test } from 'vitest'
import type { AccessRequest } from '../../../src/domain/access-request.ts'
import type { CardTrouble } from '../../../src/domain/card.ts'
import type { Grant } from '../../../src/domain/grant.ts'
import { cardId, grantId, personId } from '../../../src/domain/ids.ts'
import { seconds } from '../../../src/domain/time.ts'
import { cardColumns, toCard } from '../../../src/store/rows/cards.ts'
import { grantColumns, toGrant } from '../../../src/store/rows/grants.ts'
import { requestColumns, toRequest } from '../../../src/store/rows/requests.ts'
import { aRequest, noon, owner, plan } from '../../support/builders.ts'

const { state: _, decideBy: __, ...basics } = aRequest() as AccessRequest & { state: 'pending' }
const requests: readonly AccessRequest[] = [
  { ...basics, state: 'pending', decideBy: noon },
  { ...basics, state: 'pending', decideBy: noon, extends: grantId('grant-0') },
  { ...basics, state: 'approved', at: noon, decisions: [{ by: owner, verdict: 'approve', at: noon }] },
  { ...basics, state: 'denied', at: noon, by: owner, note: 'Not this week.' },
  { ...basics, state: 'cancelled', at: noon },
  { ...basics, state: 'cancelled', at: noon, because: 'person-removed' },
  { ...basics, state: 'expired', at: noon },
]

const held = {
  ...{ id: grantId('grant-1'), request: basics.id, person: basics.requester, integration: basics.integration },
  ...{ items: basics.items, duration: seconds(900), plan, attempts: 2 },
}
const grants: readonly Grant[] = [
  { ...held, state: 'provisioning', dueAt: noon, trouble: { since: noon, code: 'sealed' } },
  { ...held, state: 'active', since: noon, expiresAt: noon, dueAt: noon, handle: { account: 'a', policies: ['p'] } },
  { ...held, state: 'active', since: noon, expiresAt: noon, dueAt: noon, withdraw: true },
  { ...held, state: 'active', since: noon, expiresAt: noon, dueAt: noon, tellAt: noon },
  {
    ...held,
    state: 'revoking',
    since: noon,
    because: 'expired',
    dueAt: noon,
    lapse: { why: 'person-removed', since: noon },
  },
  { ...held, state: 'revoking', since: noon, expiresAt: noon, because: 'given-back', by: personId('x'), dueAt: noon },
  { ...held, state: 'ended', at: noon, because: 'expired', proof: { means: 'canary', at: noon, latency: 1.5 } },
  { ...held, state: 'ended', at: noon, because: 'revoked', by: owner },
  { ...held, state: 'revoking', since: noon, because: 'revoked', by: owner, note: 'It is over.', dueAt: noon },
  { ...held, state: 'ended', at: noon, because: 'revoked', note: 'It is over.' },
]

describe('what a row gives back is what it was made of', () => {
  test.each(requests.map((request) => [request.state, request] as const))('a request that is %s', (_, request) => {
    const row = { ...requestColumns(request), revision: request.revision }
    expect(toRequest(row, request.decisions)).toEqual(request)
  })

  test.each(grants.map((grant) => [grant.state, grant] as const))('a grant that is %s', (_, grant) => {
    expect(toGrant({ ...grantColumns(grant), handle: grant.handle ?? null })).toEqual(grant)
  })

  test('a card that was not shown yet, and one in trouble', () => {
    const trouble: CardTrouble = { since: noon, code: 'channel-archived' }
    const recipient = { to: 'channel', channel: { platform: 'slack', id: 'C1' } } as const
    const added = { id: cardId('card-1'), audience: 'channel', request: basics.id, recipient } as const
    const row = { ...cardColumns(added, 1), message: null, trouble: null }
    expect(toCard(row)).toEqual({ ...added, rendered: 0, attempts: 0 })
    expect(toCard({ ...row, trouble })).toEqual({ ...added, rendered: 0, attempts: 0, trouble })
  })
})

test('a row whose state lacks its column is an error, never half a request or grant', () => {
  const [pending] = requests
  if (!pending) throw new Error('There is no request.')
  const row = { ...requestColumns(pending), revision: 1 }
  expect(() => toRequest({ ...row, decideBy: null }, [])).toThrow('lacks a column')
  expect(() => toRequest({ ...row, state: 'denied' }, [])).toThrow('lacks a column')
})
