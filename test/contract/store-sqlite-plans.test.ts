import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { seconds } from '../../src/domain/time.ts'
import { withDrizzle } from '../../src/store/sqlite/connection.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { storeOver } from '../../src/store/sqlite/store.ts'
import { writeGate } from '../../src/store/sqlite/write-gate.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const steps = z.array(z.object({ detail: z.string() }))

/** Small by nature, or walked on purpose: a pass of discovery, the start of the process. */
const walked = [
  /^SCAN (audit_head|instance|outages|passes|card_marks|json_each|CONSTANT ROW|\d+ CONSTANT ROWS?|\(subquery-\d+\))/,
  /^SCAN accounts/,
  /^SCAN pragma_data_version/,
  /^SCAN matches VIRTUAL TABLE INDEX \d+:M/,
  /^SCAN resource_(parts|words) VIRTUAL TABLE INDEX \d+:M/,
  // These hold what is open, live or out of date, and nothing else.
  /^SCAN open_items USING COVERING INDEX open_items_of_request$/,
  /^SCAN (grants USING INDEX grants_due|cards USING INDEX cards_(out_of_date|refused)|requests USING INDEX requests_by_deadline)$/,
  // The words of one first letter; and at most fifty requests of one person.
  /^SCAN resource_terms VIRTUAL TABLE INDEX \d+:/,
  /^SCAN (newest|asked|item VIRTUAL TABLE INDEX 1:)$/,
  // At most two thousand rows of one name.
  /^SCAN named$/,
  // Opened within the last hour.
  /^SCAN homes$/,
  // As many rows as processes, as kinds of work, and as vaults.
  /^SCAN (holders|leases|audit_watches)$/,
  // Holds what waits to be shown.
  /^SCAN receipt_news USING (COVERING )?INDEX receipt_news_due$/,
  // Holds claimed grants alone.
  /^SCAN grants USING INDEX grants_claimed$/,
]

test('no query walks a table that grows with the years', async () => {
  const seen = new Set<string>()
  const connection = new Database(':memory:', { verbose: (statement) => seen.add(String(statement)) })
  connection.pragma('foreign_keys = ON')
  migrate(connection, join(import.meta.dirname, '../../migrations'), () => at(0))
  seen.clear()
  const queries = withDrizzle(connection)
  const store = storeOver(queries, writeGate(queries), { newId: randomUUID, close: () => connection.close() })

  const { request, grant } = await sample.ended(store)
  const active = await sample.activated(store)
  await sample.mustCommit(store, { ...active, audit: [sample.event()] })
  await store.openLink(sample.link(active, 'hash', at(30)), [])
  await sample.submitted(store)
  const card = sample.card({ request: request.id })
  await store.addCards([card])
  await store.instance()
  await store.request(request.id)
  await store.requestByDraft(request.draft)
  await store.requestOfGrant(sample.present(grant).id)
  await store.requestsOf(sample.ada, 10)
  await store.requestsFor(sample.item('apps/db').resource)
  const asking = { besides: sample.linus, after: at(0), skip: 0, limit: 5 }
  await store.requestsAsking(['group:platform', 'person:linus'], asking)
  const newcomer = { platform: 'slack', tenant: 'T', subject: 'U' } as const
  await store.introduce(newcomer, sample.event(), [])
  await store.introducedAt(newcomer, at(2))
  await store.wasNamed(sample.ada)
  await store.liveAt(sample.vault.id)
  await store.unexplained(sample.vault.id, 'sealed')
  await store.beginOutage(sample.vault.id, { since: at(1), code: 'sealed' })
  await store.outages()
  await store.stuckLeases(sample.vault.id)
  await store.endOutage(sample.vault.id, [])
  const use = { grant: sample.present(grant).id, path: 'kv/data/x', operation: 'read', outcome: 'allowed' } as const
  const noted = { integration: sample.vault.id, after: 0, now: at(40), position: '{}', readTo: at(40), alarms: [] }
  const alarms = [{ key: 'x', event: sample.event(), cards: [] }]
  await store.noteUses({ ...noted, uses: [{ ...use, at: at(40) }], gaps: [{ from: at(1), to: at(2) }], alarms })
  await store.noteUses({ ...noted, after: 1, uses: [{ ...use, at: at(41) }], gaps: [] })
  await store.showReceipts(at(50), 5)
  await store.receiptsOf(use.grant)
  await store.auditGaps(sample.vault.id, at(0))
  const [row] = await store.readToTell(sample.vault.id, at(9_999), 5)
  if (row) await store.moveRotations({ rows: [{ ...row, turn: row.turn + 1 }], isShown: true })
  await store.dueRotations(sample.vault.id, at(9_999), 5)
  await store.nextRotation(sample.vault.id)
  await store.rotationsOf(use.grant)
  await store.prune(at(9_999), at(9_000), 10)
  await store.prune(at(99_999_999), at(99_000_000), 10)
  const account = { integration: sample.vault.id, person: sample.ada }
  await store.overdue(sample.vault.id, at(9_999))
  await store.pendingPast(at(9_999))
  await store.toTell(at(9_999))
  await store.nextToTell()
  await store.wasFetched(sample.present(active.grant).id)
  await store.claimGrants(sample.vault.id, at(9_999), seconds(1), 5)
  await store.nextDue([sample.vault.id, sample.otherVault.id])
  await store.claimAccount(account, () => 'name', seconds(0))
  const holding = await store.claimAccount(account, () => 'name', seconds(9))
  if (holding) await store.releaseAccount(holding.held)
  await store.accounts(sample.vault.id)
  await store.forgetAccount(account)
  await store.link({ hash: 'hash' })
  await store.redeem('hash', 'browser', at(31))
  await store.dueWrappings(sample.vault.id, at(40))
  await store.nextWrapping(sample.vault.id)
  const { claim } = await store.claimCards('slack', at(0), seconds(9), 5)
  await store.recordCard(card.id, { kind: 'failed', retryAt: at(1) }, claim)
  await store.openHome({ platform: 'slack', tenant: 'T', subject: 'U' }, at(0), at(0))
  await store.staleHomes('slack', at(0), at(1), 5)
  await store.nextHome('slack', at(0))
  await store.recordHome({ platform: 'slack', tenant: 'T', subject: 'U' }, { kind: 'shown', wanted: 1 })
  await store.welcome(sample.ada, at(0), [])
  await store.retryRefused()
  await store.nextCard('slack')
  await store.askedBy(sample.ada, at(0))
  await store.recordRefusal(sample.event(), { most: 1, per: seconds(60) })
  await store.recordRefusal(sample.event(), { most: 1, per: seconds(60) })
  await store.settleRefusals(at(9_999))
  await store.recordCard(card.id, { kind: 'failed', retryAt: at(1) })
  await store.recordCard(card.id, { kind: 'refused', code: 'account-unknown', at: at(0), retryAt: at(1) })
  await store.cardsOf(request.id)
  await store.unheard()
  await store.recordCard(card.id, { kind: 'rendered', revision: 1, message: { conversation: 'D', message: '1' } })
  await store.recordCard(card.id, { kind: 'gone' })
  const opening = { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] }
  const pass = await store.openPass(sample.vault.id, opening)
  await store.foldersAhead(pass, 5)
  const secret = { type: 'secret', path: 'kv/db', permissions: ['read'], isTagUnread: true } as const
  await store.saveLooks(pass, [{ folder: 'kv/', found: [secret], folders: ['kv/deeper/'] }], at(0))
  await store.saveLooks(pass, [{ folder: 'kv/deeper/', found: [], folders: [] }], at(0))
  const stale = await store.staleTags(sample.vault.id, at(0), 5)
  await store.saveTags(stale, at(0))
  const [resource] = await store.findResources([sample.vault.id, sample.otherVault.id], 'db kv secret', 5)
  for (const words of ['', 'db', 'secret', 'secret/', '/', 'db sec'])
    await store.findResources([sample.vault.id], words, 5)
  await store.findSimilar([sample.vault.id], 'secrte', 5)
  await store.usualResources(sample.ada, sample.vault.id)
  await store.resource(resource?.id ?? sample.item('none').resource)
  await store.closePass(pass, at(1))
  await store.discoveryProgress(sample.vault.id)
  await store.hasResources(sample.vault.id)
  await store.openPass(sample.vault.id, { ...opening, now: at(2), ownerKey: 'other' })
  await store.auditRows(0, 5)
  await store.verifyAudit()
  await store.auditHead()
  await store.moveAuditCursor('sink', 0, 1)
  await store.auditCursor('sink')
  for (const state of ['open', 'pending', 'denied'] as const) await store.requests({ state, limit: 5 })
  await store.requests({ id: 'a', limit: 5 })
  await store.requests({ integration: sample.vault.id, limit: 5 })
  for (const state of ['live', 'revoking'] as const) await store.grants({ state, limit: 5 })
  await store.grants({ id: 'a', limit: 5 })
  await store.tally(at(0), at(0))
  await store.stayAlive(seconds(9))
  await store.lease('one', seconds(9))
  await store.endLease('one')
  await store.releaseClaims()
  await store.isFirstSight('v0=a', at(0), at(-1))

  const plans = [...seen]
    .filter((statement) => /^\s*(select|insert|update|delete|with)/i.test(statement))
    .map((statement) => {
      const plan = steps.parse(connection.prepare(`EXPLAIN QUERY PLAN ${statement}`).all())
      return { statement, plan: plan.map(({ detail }) => detail) }
    })
  expect(plans.length).toBeGreaterThan(40)
  const walks = plans.filter(({ plan }) =>
    plan.some((step) => step.startsWith('SCAN') && !walked.some((ok) => ok.test(step))),
  )
  expect(walks).toEqual([])
  const ofPerson = plans.filter(
    ({ statement }) => statement.includes('"requests"."requester" = ') && statement.startsWith('select'),
  )
  expect(ofPerson.length).toBeGreaterThan(1)
  for (const { plan } of ofPerson) {
    expect(plan.join('\n')).toContain('requests_of_person (requester=? AND is_open=?')
    expect(plan.join('\n')).not.toContain('FOR ORDER BY')
  }
  await store.close()
})

test('a mistyped search costs a bounded number of searches, however many parts and signs were typed', async () => {
  let statements = 0
  const connection = new Database(':memory:', { verbose: () => void statements++ })
  migrate(connection, join(import.meta.dirname, '../../migrations'), () => at(0))
  const queries = withDrizzle(connection)
  const store = storeOver(queries, writeGate(queries), { newId: randomUUID, close: () => connection.close() })
  const part = (number: number) => `part${String.fromCharCode(97 + (number % 26), 97 + number / 26)}`
  const names = Array.from({ length: 400 }, (_, number) => part(number))
  const pass = await store.openPass(sample.vault.id, { now: at(0), since: at(0), ownerKey: 'owner', roots: ['kv/'] })
  const found = names.map((name) => ({ type: 'secret', path: `kv/${name}`, permissions: ['read'] }))
  await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
  const all = names.slice(0, 50).join('-')
  const words = [0, 1, 2, 3, 4].map((word) => all.slice(word * 99, word * 99 + 99))
  statements = 0
  await store.findSimilar([sample.vault.id], words.join(' '), 20)
  // Five look-ups of parts, one of the known words, and five meanings.
  expect(statements).toBeLessThanOrEqual(11)
  await store.close()
})
