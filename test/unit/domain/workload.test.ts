import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { submit } from '../../../src/domain/access-request.ts'
import { decide } from '../../../src/domain/decide.ts'
import { evolve, type Grant, type GrantEvent } from '../../../src/domain/grant.ts'
import { requestId } from '../../../src/domain/ids.ts'
import { after, seconds } from '../../../src/domain/time.ts'
import {
  isSameWorkload,
  type Workload,
  type WorkloadOffer,
  type WorkloadWish,
  workloadFor,
  workloadRefusal,
} from '../../../src/domain/workload.ts'
import { aGiving, anIntegration, anItem, noon, owner, plan, requester } from '../../support/builders.ts'

const offer: WorkloadOffer = {
  approle: true,
  kubernetes: [{ mount: 'kubernetes', audience: 'vault', namespaces: ['shop', 'billing'], label: 'production' }],
  jwt: [{ mount: 'jwt', audience: 'https://vault.example', claims: ['repository', 'ref', 'environment'], label: 'CI' }],
}
const account = (serviceAccount: string, namespace = 'shop', mount = 'kubernetes'): WorkloadWish => ({
  ...{ kind: 'kubernetes', mount, namespace, serviceAccount },
})
const pipeline = (claims: Record<string, string>, mount = 'jwt'): WorkloadWish => ({ kind: 'jwt', mount, claims })
const networks = (...cidrs: string[]): WorkloadWish => ({ kind: 'approle', cidrs })
const whyNot = (wish: WorkloadWish, offered: WorkloadOffer = offer) => {
  const made = workloadFor(wish, offered)
  return made.ok ? 'fine' : made.refusal.code === 'workload-refused' ? made.refusal.fault.why : made.refusal.code
}

describe('a workload', () => {
  test.each<[string, WorkloadWish, string]>([
    ['a job', { kind: 'job' }, 'fine'],
    ['an exact account', account('payments'), 'fine'],
    ['every account', account('*'), 'account-not-exact'],
    ['accounts with a beginning', account('pay*'), 'account-not-exact'],
    ['no account', account(' '), 'account-not-exact'],
    ['two accounts', account('a,b'), 'account-not-exact'],
    ['another namespace', account('payments', 'kube-system'), 'namespace-not-offered'],
    ['every namespace', account('payments', '*'), 'namespace-not-offered'],
    ['another cluster', account('payments', 'shop', 'kubernetes-2'), 'cluster-not-offered'],
    ['a branch of a repository', pipeline({ repository: 'acme/shop', ref: 'refs/heads/main' }), 'fine'],
    ['an environment of a repository', pipeline({ repository: 'acme/shop', environment: 'production' }), 'fine'],
    ['an environment of any project', pipeline({ environment: 'production' }), 'no-project'],
    ['a branch of any project', pipeline({ repository: ' ', ref: 'refs/heads/main' }), 'no-project'],
    ['a whole repository', pipeline({ repository: 'acme/shop' }), 'no-ref'],
    ['an empty branch', pipeline({ repository: 'acme/shop', ref: ' ' }), 'no-ref'],
    ['every branch', pipeline({ ref: 'refs/heads/*' }), 'claim-not-exact'],
    ['a branch with an invisible character', pipeline({ ref: 'refs/heads/ma\u200bin' }), 'claim-not-exact'],
    ['a claim that is not offered', pipeline({ sub: 'repo:acme/shop', ref: 'main' }), 'claim-not-offered'],
    ['nothing about the token', pipeline({}), 'no-claims'],
    ['another issuer', pipeline({ ref: 'main' }, 'oidc'), 'issuer-not-offered'],
    ['networks', networks('10.20.0.0/16', '2001:db8::/64'), 'fine'],
    ['no network', networks(' '), 'no-networks'],
    ['every address', networks('0.0.0.0/0'), 'network-wide'],
    ['half of all addresses', networks('128.0.0.0/1', '10.0.0.0/8'), 'network-wide'],
    ['every address, as one of the other kind', networks('::ffff:0.0.0.0/96'), 'network-wrong'],
    ['every address, in its short form', networks('::ffff:0:0/96'), 'network-wrong'],
    ['every address of the other kind', networks('::/0'), 'network-wide'],
    ['an address without a length', networks('10.20.0.1'), 'network-wrong'],
    ['an impossible address', networks('10.20.0.256/32'), 'network-wrong'],
    ['nonsense after it', networks('10.20.0.0/16;'), 'network-wrong'],
    ['too many', networks(...Array.from({ length: 21 }, (_, i) => `10.${i}.0.0/16`)), 'too-many-networks'],
  ])('as %s is checked', (_, wish, why) => {
    expect(whyNot(wish)).toBe(why)
  })

  test('is offered only where the integration offers it', () => {
    const wishes = [{ kind: 'job' } as const, networks('10.0.0.0/8'), account('payments'), pipeline({ ref: 'main' })]
    const nothing: WorkloadOffer = { approle: false, kubernetes: [], jwt: [] }
    for (const wish of wishes) {
      expect(workloadFor(wish, undefined)).toMatchObject({ refusal: { fault: { why: 'none-offered' } } })
      expect(whyNot(wish, nothing)).toBe('kind-not-offered')
    }
  })

  test('has the audience of the configuration, and is refused once that was changed', () => {
    const made = workloadFor(account('payments'), offer)
    if (!made.ok) throw new Error('refused')
    expect(made.value).toEqual({ ...account('payments'), audience: 'vault' })
    expect(workloadRefusal(made.value, offer)).toBeUndefined()
    const changed = { ...offer, kubernetes: offer.kubernetes.map((one) => ({ ...one, audience: 'other' })) }
    expect(workloadRefusal(made.value, changed)).toMatchObject({ fault: { why: 'audience' } })
  })

  test('of equal wishes is the same, in any order of words', () => {
    const made = [networks('10.2.0.0/16', '10.1.0.0/16'), networks(' 10.1.0.0/16', '10.2.0.0/16', '10.1.0.0/16')].map(
      (wish) => workloadFor(wish, offer),
    )
    expect(made[0]).toEqual(made[1])
    const one: Workload = { kind: 'jwt', mount: 'jwt', audience: 'a', claims: { ref: 'r', repository: 'x' } }
    expect(isSameWorkload(one, { ...one, claims: { repository: 'x', ref: 'r' } })).toBe(true)
    expect(isSameWorkload(one, undefined)).toBe(false)
  })
})

const wish = fc.oneof(
  fc.constant<WorkloadWish>({ kind: 'job' }),
  fc.stringMatching(/^[a-z0-9]{1,20}$/).map((name) => account(name)),
  fc.stringMatching(/^[a-z0-9/]{1,20}$/).map((ref) => pipeline({ repository: 'acme/shop', ref })),
  fc.integer({ min: 8, max: 32 }).map((length) => networks(`10.0.0.0/${length}`)),
)
const event = fc.constantFrom<GrantEvent>(
  { kind: 'provisioned', handle: { policies: ['one'] } },
  { kind: 'failed', transient: false, code: 'denied' },
  { kind: 'failed', transient: true, code: 'timeout' },
  { kind: 'came-due' },
  { kind: 'revoke-asked', because: 'revoked' },
  { kind: 'withdraw-asked' },
  { kind: 'withdrawn' },
  { kind: 'lapsed', why: 'person-removed' },
  { kind: 'restored' },
  { kind: 'shortened', until: after(noon, seconds(60)) },
  { kind: 'narrow-asked', items: [{ ...anItem(), except: ['kv/apps/db/x'] }], plan: { ...plan, hash: 'less' } },
  { kind: 'revoked', proof: { means: 'readback', at: noon, latency: 1 } },
)

test('a workload never changes between submission and the end of its grant', () => {
  fc.assert(
    fc.property(wish, fc.array(event, { maxLength: 12 }), (wanted, events) => {
      const made = workloadFor(wanted, offer)
      if (!made.ok) throw new Error(made.refusal.code)
      const asked = submit(
        {
          ...{ id: requestId('r'), draft: 'd', requester, reason: 'restore the replica', duration: seconds(900) },
          ...{ items: [anItem()], plan, workload: made.value },
        },
        anIntegration(),
        [[{ owners: ['group:platform'], approvals: 1, by: 'integration' }]],
        noon,
      )
      if (!asked.ok) throw new Error(asked.refusal.code)
      const decided = decide(asked.value.request, {
        ...{ by: owner, now: noon, verdict: 'approve', owners: [new Set([owner])], giving: aGiving() },
      })
      if (!decided.ok) throw new Error(decided.refusal.code)
      expect(decided.value.request.workload).toEqual(made.value)
      let grant: Grant | undefined = decided.value.grant
      for (const [index, each] of events.entries()) {
        grant = grant && evolve(grant, each, after(noon, seconds(index * 200)))
        expect(grant?.workload).toEqual(made.value)
      }
    }),
  )
})
