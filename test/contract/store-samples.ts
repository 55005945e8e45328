import { randomUUID } from 'node:crypto'
import { type AccessRequest, type Change, submit } from '../../src/domain/access-request.ts'
import { type AuditEvent, system } from '../../src/domain/audit-event.ts'
import { type ControlGroup, reported } from '../../src/domain/control-group.ts'
import { decide, type Giving } from '../../src/domain/decide.ts'
import { openLink } from '../../src/domain/fetch-link.ts'
import { evolve, type Grant, type GrantEvent } from '../../src/domain/grant.ts'
import {
  cardId,
  controlGroupId,
  fetchLinkId,
  grantId,
  integrationId,
  personId,
  requestId,
  resourceId,
} from '../../src/domain/ids.ts'
import type { Integration, Party } from '../../src/domain/integration.ts'
import type { Run } from '../../src/domain/pipeline.ts'
import type { Outcome } from '../../src/domain/refusal.ts'
import type { Item } from '../../src/domain/resource.ts'
import { type Seconds, seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Workload } from '../../src/domain/workload.ts'
import type { Loaded, NewCard, Save, Store } from '../../src/ports.ts'

/** The clock of the database in tests: each store of the contract is opened with it. */
export const databaseClock = { now: timestamp(1_700_000_000_000) }

/** A moment so many seconds after the tests' beginning of time. */
export const at = (second: number): Timestamp => timestamp(1_700_000_000_000 + second * 1000)

export const vault: Integration = {
  id: integrationId('vault'),
  requesters: ['group:engineering'],
  owners: ['group:platform'],
  durations: [seconds(900), seconds(3600)],
  decideWithin: seconds(600),
}
export const otherVault: Integration = { ...vault, id: integrationId('other-vault') }

export const ada = personId('ada')
export const grace = personId('grace')
export const linus = personId('linus')

export const item = (path: string): Item => ({
  resource: resourceId(`resource-${path}`),
  type: 'secret',
  path: `kv/${path}`,
  permission: 'read',
})

export const handled = { accessors: ['a', 'b'], attempt: 2, policy: 'latchkey-1' }

type Wish = {
  by?: typeof ada
  reason?: string
  integration?: Integration
  items?: readonly [Item, ...Item[]]
  now?: Timestamp
  approvals?: number
  /** Who decides on each item; by default one group on all. */
  routes?: readonly Party[]
  allOrNothing?: true
  workload?: Workload
  run?: Run
}

/** A request as `submit` makes it, not yet stored; by default for a permission that nobody asked for yet. */
export const submission = (wish: Wish = {}): Change => {
  const id = randomUUID()
  const own = { ...item('apps/db'), permission: `read-${id}` }
  const {
    by = ada,
    integration = vault,
    items = [own],
    now = at(0),
    approvals = 1,
    routes,
    allOrNothing,
    workload,
    run,
    reason = 'The nightly export fails: “ключ” 🔑',
  } = wish
  return granted(
    submit(
      {
        id: requestId(id),
        draft: `draft-${id}`,
        requester: by,
        items,
        ...(allOrNothing && { allOrNothing }),
        ...(workload && { workload }),
        ...(run && { run }),
        reason,
        duration: seconds(900),
        plan: { document: 'path "kv/data/apps/db" { capabilities = ["read"] }', hash: 'f00d' },
      },
      integration,
      items.map((_, index) => [
        {
          owners: routes ? [routes[index] ?? 'group:platform'] : ['group:platform', 'person:linus'],
          approvals,
          by: 'tag',
        },
      ]),
      now,
    ),
  )
}

/** What an owner's approval makes of a request. */
export const approval = (request: AccessRequest, by = grace, now = at(10), duration?: Seconds): Change =>
  granted(
    decide(request, {
      by,
      now,
      verdict: 'approve',
      ...(duration !== undefined && { duration }),
      giving: givingOf(request),
      owners: request.requirements.map(() => new Set([grace, linus])),
    }),
  )

export const denial = (request: AccessRequest, by = grace, now = at(10)): Change =>
  granted(
    decide(request, {
      ...{ by, now, verdict: 'deny', note: 'Not this week.', giving: givingOf(request) },
      owners: request.requirements.map(() => new Set([grace, linus])),
    }),
  )

/** A decision of somebody who is among the owners that these parties stand for. */
export const decision = (
  request: AccessRequest,
  verdict: 'approve' | 'deny',
  by: typeof ada,
  parties: readonly Party[],
): Change =>
  granted(
    decide(request, {
      ...{ by, now: at(10), verdict, note: 'As agreed.', giving: givingOf(request) },
      owners: request.requirements.map(
        ({ owners }) => new Set(owners.some((each) => parties.includes(each)) ? [by] : []),
      ),
    }),
  )

const givingOf = ({ id }: AccessRequest): Giving => ({
  grant: grantId(`grant-${id}`),
  bar: () => undefined,
  plan: (items) => ({
    ok: true,
    value: { document: JSON.stringify(items), hash: items.map(({ path }) => path).join() },
  }),
  lengths: [seconds(300), ...vault.durations],
})

/** What an event at the connector makes of a grant. */
export const after = ({ request, grant }: Loaded, happened: GrantEvent, now: Timestamp): Save => {
  if (grant === undefined) throw new Error('There is no grant.')
  return {
    request,
    grant: evolve(grant, happened, now),
    audit: [event({ request: request.id, grant: grant.id })],
  }
}

export const event = (over: Partial<AuditEvent> = {}): AuditEvent => ({
  at: at(1),
  kind: 'access-provisioned',
  actor: system,
  integration: vault.id,
  detail: { zeta: 1, alpha: 'two', mid: true },
  ...over,
})

export const card = (over: Partial<NewCard> = {}): NewCard =>
  ({
    id: cardId(randomUUID()),
    audience: 'owner',
    recipient: { to: 'person', person: grace, identity: { platform: 'slack', tenant: 'T1', subject: 'U1' } },
    ...over,
  }) as NewCard

/** One that waits, as a report of linus made it. */
export const controlGroup = (over: Partial<ControlGroup> = {}): ControlGroup => ({
  ...reported(
    { id: controlGroupId(randomUUID()), integration: vault.id, accessor: randomUUID(), reporter: linus },
    {
      ...{ path: 'kv/data/shop/db', operation: 'read', accounts: [], approved: false, approvals: [] },
      ...{ entity: { id: 'e1', name: 'userpass-ann' }, expiresAt: at(3600) },
    },
    undefined,
    at(0),
  ),
  ...over,
})

export const link = ({ request, grant }: Loaded, hash: string, now: Timestamp) =>
  openLink(
    { id: fetchLinkId(hash), grant: present(grant).id, request: request.id, person: request.requester, hash },
    now,
  )

/** Claims due grants at a moment, by every clock. */
export const claimGrants = (store: Store, now: number, lasting = 60, limit = 9, integration = vault.id) => {
  databaseClock.now = at(now)
  return store.claimGrants(integration, at(now), seconds(lasting), limit)
}

/** Claims cards that are out of date at a moment, by every clock. */
export const claimCards = (store: Store, now: number, lasting = 60, limit = 9) => {
  databaseClock.now = at(now)
  return store.claimCards('slack', at(now), seconds(lasting), limit)
}

/** Claims a person's account at a moment, by every clock. */
export const claimAccount = (
  store: Store,
  now: number,
  lasting = 30,
  { by = ada, at: where = vault.id, draw = (): string => 'name' } = {},
) => {
  databaseClock.now = at(now)
  return store.claimAccount({ integration: where, person: by }, draw, seconds(lasting))
}

/** Stores a request and gives it back as it was stored. */
export const submitted = async (store: Store, wish: Wish = {}, extra: Partial<Save> = {}): Promise<Loaded> => {
  const change = submission(wish)
  await mustCommit(store, { ...change, ...extra })
  return reload(store, change.request)
}

/** Stores a request and its approval. */
export const approved = async (store: Store, wish: Wish = {}, now = at(10)): Promise<Loaded> => {
  const { request } = await submitted(store, wish)
  await mustCommit(store, approval(request, grace, now))
  return reload(store, request)
}

/** … and makes its grant active. */
export const activated = async (store: Store, wish: Wish = {}, now = at(20)): Promise<Loaded> => {
  const loaded = await approved(store, wish)
  await store.saveHandle(grantOf(loaded).id, handled)
  await mustCommit(store, after(loaded, { kind: 'provisioned', handle: handled }, now))
  return reload(store, loaded.request)
}

/** … and ends it. */
export const ended = async (store: Store, wish: Wish = {}, now = at(30)): Promise<Loaded> => {
  const active = await activated(store, wish)
  await mustCommit(store, after(active, { kind: 'revoke-asked', because: 'given-back', by: ada }, now))
  const proof = { means: 'canary', at: now, latency: 41.5 } as const
  await mustCommit(store, after(await reload(store, active.request), { kind: 'revoked', proof }, now))
  return reload(store, active.request)
}

export const reload = async (store: Store, { id }: Pick<AccessRequest, 'id'>): Promise<Loaded> =>
  present(await store.request(id))

export const mustCommit = async (store: Store, change: Save): Promise<void> => {
  if ((await store.commit(change)) !== 'committed') throw new Error('The commit met a conflict.')
}

export const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('Expected a value.')
  return value
}

export const idsOf = (loaded: readonly Loaded[]): readonly string[] => loaded.map(({ request }) => request.id)
export const grantOf = (loaded: Loaded | undefined): Grant => present(loaded?.grant)

export const granted = <T>(outcome: Outcome<T>): T => {
  if (!outcome.ok) throw new Error(`Refused: ${outcome.refusal.code}`)
  return outcome.value
}
