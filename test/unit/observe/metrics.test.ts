import { expect, test } from 'vitest'
import { type AuditEvent, byPerson } from '../../../src/domain/audit-event.ts'
import { integrationId, personId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { newMeter, type Scraped } from '../../../src/observe/metrics.ts'
import { noon } from '../../support/builders.ts'

const production = integrationId('production')
const scraped: Scraped = {
  now: noon,
  auditRows: 12,
  push: [{ sink: 'webhook', rows: 3, seconds: 4.5, failures: 2, refusal: 'the receiver answered 401' }],
  vaultUp: [{ integration: production, isUp: false, power: 'contained' }],
  stuck: [{ integration: production, count: 2 }],
  discovery: [
    {
      integration: production,
      progress: {
        began: noon,
        folders: { done: 30, known: 70, expected: 0 },
        resources: 600,
        away: [{ place: 'team/', code: 'denied', since: noon }],
        tags: { count: 600, unread: 9 },
      },
    },
  ],
  tally: {
    pending: [{ integration: production, count: 2 }],
    grants: [
      { integration: production, state: 'active', count: 5, overdue: 1, oldestOwed: timestamp(noon - 90_000) },
      { integration: production, state: 'revoking', count: 1, overdue: 1, oldestOwed: timestamp(noon - 300_000) },
    ],
    cards: [{ platform: 'slack', count: 4 }],
    refused: ['C1', 'C2'].map((channel) => ({
      ...{ platform: 'slack', recipient: { to: 'channel', channel: { platform: 'slack', id: channel } } as const },
      ...{ code: 'channel-archived', since: noon, count: 2 },
    })),
  },
}
const meter = () => newMeter({ version: '1.2.3', integrations: [production] })
const event = (kind: AuditEvent['kind'], detail: AuditEvent['detail'] = {}): AuditEvent => ({
  ...{ at: noon, kind, actor: byPerson(personId('secret-person')), integration: production, detail },
})
const linesOf = async (of: ReturnType<typeof newMeter>, given = scraped) =>
  (await of.text(given)).split('\n').filter((line) => line.startsWith('latchkey_'))

test('what is open, owed and behind is shown as it is at the scrape', async () => {
  const lines = await linesOf(meter())
  for (const line of [
    'latchkey_requests_pending{integration="production"} 2',
    'latchkey_grants{integration="production",state="active"} 5',
    'latchkey_grants{integration="production",state="revoking"} 1',
    'latchkey_grants{integration="production",state="provisioning"} 0',
    'latchkey_revocations_overdue{integration="production"} 2',
    'latchkey_revocation_oldest_seconds{integration="production"} 300',
    'latchkey_cards_pending{platform="slack"} 4',
    'latchkey_cards_refused{platform="slack",code="channel-archived"} 4',
    'latchkey_audit_push_refused{sink="webhook"} 1',
    'latchkey_vault_up{integration="production"} 0',
    'latchkey_vault_contained{integration="production"} 1',
    'latchkey_stuck_leases{integration="production"} 2',
    'latchkey_discovery_folders{integration="production",state="done"} 30',
    'latchkey_discovery_folders{integration="production",state="known"} 70',
    'latchkey_owner_tags_unread{integration="production"} 9',
    'latchkey_discovery_away{integration="production",place="team/",code="denied"} 1',
    'latchkey_audit_rows 12',
    'latchkey_audit_push_lag_rows{sink="webhook"} 3',
    'latchkey_audit_push_lag_seconds{sink="webhook"} 4.5',
    'latchkey_audit_push_failures_total{sink="webhook"} 2',
  ]) {
    expect(lines).toContain(line)
  }
  expect(lines.join('\n')).toMatch(/latchkey_build_info\{version="1.2.3",node="\d+\.\d+\.\d+"\} 1/)
})

test('what is over is 0 at the next scrape, and what was counted is not counted twice', async () => {
  const same = meter()
  await same.text(scraped)
  const lines = await linesOf(same, { ...scraped, tally: { pending: [], grants: [], cards: [], refused: [] } })
  expect(lines).toContain('latchkey_revocation_oldest_seconds{integration="production"} 0')
  expect(lines).toContain('latchkey_grants{integration="production",state="revoking"} 0')
  expect(lines).toContain('latchkey_audit_push_failures_total{sink="webhook"} 2')
  expect(lines.some((line) => line.startsWith('latchkey_cards_pending'))).toBe(false)
})

test('what happened is counted by what was recorded', async () => {
  const counted = meter()
  counted.count([
    event('request-submitted'),
    event('request-approved', { enough: false }),
    event('request-approved', { enough: true }),
    event('request-denied'),
    event('access-ended', { because: 'revoked', means: 'canary', latency: 300 }),
    event('access-step-failed', { code: 'sealed', state: 'revoking', attempts: 2 }),
    event('refused', { code: 'own-request' }),
  ])
  counted.vaultCall(production, 'provision')
  counted.vaultCall(production, 'provision', 'denied')
  counted.discovered(production, noon - 7_000, 42)
  const lines = await linesOf(counted)
  for (const line of [
    'latchkey_requests_total{integration="production",state="pending"} 1',
    'latchkey_requests_total{integration="production",state="approved"} 1',
    'latchkey_decisions_total{integration="production",verdict="approve"} 2',
    'latchkey_decisions_total{integration="production",verdict="deny"} 1',
    'latchkey_grants_ended_total{integration="production",because="revoked"} 1',
    'latchkey_revocation_seconds_bucket{le="0.25",integration="production",means="canary"} 0',
    'latchkey_revocation_seconds_bucket{le="0.5",integration="production",means="canary"} 1',
    'latchkey_step_failures_total{integration="production",state="revoking",code="sealed"} 1',
    'latchkey_refusals_total{code="own-request"} 1',
    'latchkey_vault_calls_total{integration="production",verb="provision"} 2',
    'latchkey_vault_call_failures_total{integration="production",verb="provision",code="denied"} 1',
    'latchkey_catalogue_resources{integration="production"} 42',
    'latchkey_catalogue_age_seconds{integration="production"} 7',
  ]) {
    expect(lines).toContain(line)
  }
})

test('nothing that people or vaults say becomes a label', async () => {
  const counted = meter()
  for (const code of ['kv/apps/db', 'U0PERSON', 'x'.repeat(99), 'a b', '"}'])
    counted.count([event('refused', { code }), event('access-step-failed', { code, state: code, attempts: 1 })])
  const text = await counted.text(scraped)
  expect(text).toContain('latchkey_refusals_total{code="other"} 5')
  expect(text).not.toMatch(/kv\/|U0PERSON|secret-person|xxxx/)
})

test('the event loop and the process are watched too', async () => {
  const text = await meter().text(scraped)
  expect(text).toContain('nodejs_eventloop_lag_p99_seconds')
  expect(text).toContain('process_resident_memory_bytes')
})
