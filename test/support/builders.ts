import type { AccessRequest } from '../../src/domain/access-request.ts'
import { submit } from '../../src/domain/access-request.ts'
import type { Plan } from '../../src/domain/connector.ts'
import type { Giving } from '../../src/domain/decide.ts'
import { grantId, integrationId, personId, requestId, resourceId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { accept } from '../../src/domain/refusal.ts'
import type { Item } from '../../src/domain/resource.ts'
import { seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'

export const noon: Timestamp = timestamp(Date.UTC(2026, 0, 15, 12))
export const requester = personId('requester')
export const owner = personId('owner')
export const otherOwner = personId('other-owner')
export const stranger = personId('stranger')
export const plan: Plan = { document: '{"path":{}}', hash: 'f'.repeat(64) }

/** What a decision needs to give access: nobody is barred, and a part of the plan is named by its items. */
export const aGiving = (grant = 'grant-1'): Giving => ({
  grant: grantId(grant),
  bar: () => undefined,
  plan: (items) => accept({ document: JSON.stringify(items), hash: items.map(({ path }) => path).join('+') }),
  lengths: anIntegration().durations,
})

export const anItem = (given: Partial<Item> = {}): Item => ({
  resource: resourceId('resource-1'),
  type: 'secret',
  path: 'kv/apps/db',
  permission: 'read',
  ...given,
})

export const anIntegration = (given: Partial<Integration> = {}): Integration => ({
  id: integrationId('production'),
  requesters: ['group:engineers'],
  owners: ['group:platform'],
  durations: [seconds(900), seconds(3600)],
  decideWithin: seconds(8 * 3600),
  ...given,
})

export const aRequest = (given: { draft?: string; now?: Timestamp; id?: string } = {}): AccessRequest => {
  const outcome = submit(
    {
      id: requestId(given.id ?? 'request-1'),
      draft: given.draft ?? 'draft-1',
      requester,
      items: [anItem()],
      reason: 'restore the replica',
      duration: seconds(900),
      plan,
    },
    anIntegration(),
    [[{ owners: ['group:platform'], approvals: 1, by: 'integration' }]],
    given.now ?? noon,
  )
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value.request
}
