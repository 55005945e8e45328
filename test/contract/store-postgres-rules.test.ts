import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openPostgresStore } from '../../src/store/postgres/store.ts'
import type { PostgresLogin } from '../support/postgres.ts'
import { type PostgresDatabase, usePostgres } from '../support/postgres-databases.ts'
import * as sample from './store-samples.ts'

const { at } = sample
const databases = usePostgres()
const { owner, server } = databases.roles

/** What the tables refuse to anybody, even past our own code; and what they refuse to the server's role alone. */
describe('the tables of PostgreSQL', () => {
  let database: PostgresDatabase
  let opened: Store
  const start = async (on: PostgresDatabase) => {
    database = on
    opened = await openPostgresStore({ config: on.server, newId: randomUUID })
  }
  beforeEach(async () => start(await databases.clean()))
  afterEach(() => opened.close())

  const run = async (login: PostgresLogin | undefined, ...statements: readonly string[]) => {
    const client = await databases.server().connect(login, database.name)
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  /** Statements of somebody who has the owner's password. */
  const raw = (...statements: readonly string[]) => run(owner, ...statements)
  const filled = async (): Promise<void> => {
    await sample.submitted(opened)
    const active = await sample.activated(opened)
    const cards = [sample.card({ request: active.request.id })]
    await sample.mustCommit(opened, { ...active, audit: [], cards })
    await opened.openLink(sample.link(active, 'hash', at(30)), [])
    const opening = { now: at(0), since: at(0), ownerKey: undefined, roots: ['kv/'] }
    const pass = await opened.openPass(sample.vault.id, opening)
    const found = [{ type: 'secret', path: 'kv/db', permissions: ['read'] }]
    await opened.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
    await opened.addControlGroup(sample.controlGroup(), [], [])
    await opened.claimAccount({ integration: sample.vault.id, person: sample.ada }, () => 'name', seconds(1))
  }

  test.each([
    ['requests', 'state'],
    ['decisions', 'verdict'],
    ['grants', 'state'],
    ['grants', 'because'],
    ['fetch_links', 'state'],
    ['cards', 'audience'],
    ['control_groups', 'state'],
  ])('take no unknown word in %s.%s', async (table, column) => {
    await filled()
    await expect(raw(`UPDATE latchkey.${table} SET ${column} = 'nonsense'`)).rejects.toThrow('check constraint')
  })

  test.each([
    ['requests', ['items', 'plan', 'requirements']],
    ['grants', ['items', 'plan', 'handle', 'trouble', 'proof']],
    ['cards', ['notice', 'recipient', 'message']],
    ['resources', ['permissions']],
    ['control_groups', ['approvals']],
  ])('take only JSON of the right kind in %s', async (table, columns) => {
    await filled()
    for (const column of columns) {
      const set = (value: string) => raw(`UPDATE latchkey.${table} SET ${column} = '${value}'`)
      await expect(set('{"half":')).rejects.toThrow(/invalid input syntax for type json|check constraint/)
      await expect(set('7')).rejects.toThrow(/check constraint|array length of a/)
    }
  })

  test.each([
    [
      `INSERT INTO latchkey.decisions (request, position, approver, verdict, note, at)
        SELECT request, 9, approver, 'deny', 'no', at FROM latchkey.decisions`,
      'decisions_about_all',
    ],
    ["UPDATE latchkey.decisions SET duration = 60, verdict = 'deny', note = 'no'", 'check constraint'],
    ['UPDATE latchkey.decisions SET duration = 0', 'check constraint'],
    [
      "UPDATE latchkey.grants SET request = (SELECT id FROM latchkey.requests WHERE state = 'pending')",
      'foreign key constraint',
    ],
    ['DELETE FROM latchkey.requests', 'foreign key constraint'],
    ['DELETE FROM latchkey.grants', 'a grant is never deleted'],
    [
      `UPDATE latchkey.requests SET state = 'denied', denied_by = 'x', denial_note = 'y', is_open = false
        WHERE state = 'approved'`,
      'stays decided',
    ],
    [
      "UPDATE latchkey.requests SET state = 'approved', decide_by = NULL, decided_at = 1 WHERE state = 'pending'",
      'foreign key constraint',
    ],
    ['UPDATE latchkey.grants SET due_at = NULL', 'check constraint'],
    ['UPDATE latchkey.requests SET workload = \'{"kind":"job"}\'', 'keeps its workload'],
    ['UPDATE latchkey.grants SET workload = \'{"kind":"job"}\'', 'keeps its workload'],
    ["UPDATE latchkey.grants SET state = 'revoking'", 'check constraint'],
    ["UPDATE latchkey.fetch_links SET state = 'redeemed'", 'check constraint'],
    ["INSERT INTO latchkey.accounts VALUES ('vault', 'somebody-else', 'name')", 'accounts_integration_name_key'],
    ["UPDATE latchkey.resources SET path = 'kv/other'", 'keeps its path'],
    ["UPDATE latchkey.control_groups SET accessor = 'other'", 'never changes'],
    ["UPDATE latchkey.control_groups SET requester = 'grace'", 'never changes'],
    ["UPDATE latchkey.control_groups SET state = 'denied'", 'check constraint'],
    ["UPDATE latchkey.control_groups SET denied_by = 'grace', denied_at = 1, note = 'no'", 'check constraint'],
    ['UPDATE latchkey.control_groups SET look_at = NULL', 'check constraint'],
    ['DELETE FROM latchkey.control_groups', 'never deleted'],
    [
      `INSERT INTO latchkey.cards (id, request, audience, platform, recipient, rendered, wanted, attempts, retry_at)
        SELECT 'x', 'none', audience, platform, recipient, 0, 1, 0, 0 FROM latchkey.cards`,
      'foreign key constraint',
    ],
  ])('refuse: %s', async (statement, why) => {
    await filled()
    await expect(raw(statement)).rejects.toThrow(why)
  })

  test('give a grant only to an approved request, with the workload of that', async () => {
    await filled()
    const copied = (workload: string, state: string) => `INSERT INTO latchkey.grants
      (id, request, person, integration, items, duration, plan, attempts, due_at, state, withdraw, workload)
      SELECT id || 'x', id, requester, integration, items, duration, plan, 0, 1, 'provisioning', false, ${workload}
      FROM latchkey.requests WHERE state = '${state}'`
    await expect(raw(copied('NULL', 'pending'))).rejects.toThrow('only an approved request')
    await expect(raw(copied(`'{"kind":"job"}'`, 'approved'))).rejects.toThrow('the workload of its request')
  })

  test('let a grant have one open link, a hash one link, and leave used links as they are', async () => {
    await filled()
    const copy = (id: string, hash: string, state: string) =>
      raw(
        `INSERT INTO latchkey.fetch_links (id, grant_id, request, person, hash, opened_at, expires_at, state)
          SELECT '${id}', grant_id, request, person, '${hash}', 1, 2, '${state}' FROM latchkey.fetch_links LIMIT 1`,
      )
    await expect(copy('second', 'other', 'open')).rejects.toThrow('fetch_links_one_open')
    await expect(copy('second', 'hash', 'replaced')).rejects.toThrow('fetch_links_hash_key')
    await copy('second', 'other', 'replaced')
    await expect(raw("UPDATE latchkey.fetch_links SET state = 'open' WHERE id = 'second'")).rejects.toThrow(
      'stays used',
    )
  })

  test('keep the alarm of a link, which only a used one can have', async () => {
    await filled()
    const set = (what: string) => raw(`UPDATE latchkey.fetch_links SET ${what}`)
    for (const early of ['misused_at = 1', "explained_at = 1, explained_by = 'press'", 'unspent_at = 1'])
      await expect(set(early)).rejects.toThrow('check constraint')
    await opened.redeem('hash', 'browser', at(31))
    await set('misused_at = 1, unspent_at = 1')
    await expect(set('misused_at = NULL')).rejects.toThrow('stays misused')
    await expect(set("credential = 'issued'")).rejects.toThrow('check constraint')
    await expect(set("credential = 'drawn', credential_at = 1")).rejects.toThrow('check constraint')
  })

  test('keep a settled wrapping as it is', async () => {
    await filled()
    await raw("INSERT INTO latchkey.wrappings SELECT id, grant_id, 'vault', 'waiting', 1, 2 FROM latchkey.fetch_links")
    const set = (state: string) => raw(`UPDATE latchkey.wrappings SET state = '${state}'`)
    await expect(set('nonsense')).rejects.toThrow('check constraint')
    await set('opened')
    await expect(set('unopened')).rejects.toThrow('stays settled')
  })

  test('know a secret that was read, with the id of its call, before anybody is told', async () => {
    await filled()
    await raw(`INSERT INTO latchkey.rotations (grant_id, integration, path, state, turn, tries, looks)
      SELECT id, integration, 'kv/data/a', 'waiting', 0, 0, 0 FROM latchkey.grants LIMIT 1`)
    const set = (what: string) => raw(`UPDATE latchkey.rotations SET ${what}`)
    await expect(set("state = 'unchanged'")).rejects.toThrow('check constraint')
    await expect(set("hook = 'due'")).rejects.toThrow('check constraint')
    await set(`state = 'unchanged', id = 'x', secret = 'kv/a', reads = '{}', hook = 'due', hook_at = 1`)
  })

  test('keep an ended session ended, and let none get longer', async () => {
    await raw(`INSERT INTO latchkey.sessions
      (id, kind, person, rights, label, address, access, access_until, opened_at, used_at, expires_at, revision)
      VALUES ('s', 'browser', 'ada', 'own', 'l', 'a', 'hash', 1, 1, 1, 2, 1)`)
    await expect(raw('UPDATE latchkey.sessions SET expires_at = 3')).rejects.toThrow('never gets longer')
    await raw("UPDATE latchkey.sessions SET ended_at = 2, ended_why = 'signed-out'")
    await expect(raw('UPDATE latchkey.sessions SET used_at = 3')).rejects.toThrow('stays ended')
  })

  test('show damage as an error, never as a wrong value', async () => {
    await filled()
    const { request } = await sample.submitted(opened)
    await raw(`UPDATE latchkey.requests SET items = '[{"path":"kv/x"}]' WHERE id = '${request.id}'`)
    await expect(opened.request(request.id)).rejects.toThrow('permission')
  })

  describe('with the audit log', () => {
    test('keep rows from being changed, deleted, emptied or put out of order, even by the owner', async () => {
      await filled()
      for (const change of ["kind = 'x'", 'at = at', 'sequence = 99'])
        await expect(raw(`UPDATE latchkey.audit SET ${change}`)).rejects.toThrow('never changed')
      await expect(raw('DELETE FROM latchkey.audit')).rejects.toThrow('never deleted')
      await expect(raw('TRUNCATE latchkey.audit')).rejects.toThrow('never deleted')
      await expect(raw('DELETE FROM latchkey.audit_head')).rejects.toThrow('never deleted')
      await expect(raw('TRUNCATE latchkey.audit_head')).rejects.toThrow('never deleted')
      for (const sequence of ['1', '1000']) {
        const copied = `INSERT INTO latchkey.audit
          SELECT ${sequence}, at, kind, actor, integration, request, grant_id, detail, hash FROM latchkey.audit LIMIT 1`
        await expect(raw(copied)).rejects.toThrow('follow one another')
      }
      await expect(raw("INSERT INTO latchkey.audit_words VALUES (1, '{}')")).rejects.toThrow('written with their row')
      await expect(raw('UPDATE latchkey.audit_words SET words = words')).rejects.toThrow('never changed')
    })

    test('let the server’s role append, and nothing else', async () => {
      await filled()
      for (const statement of [
        "INSERT INTO latchkey.audit VALUES (9, 1, 'x', '{}', NULL, NULL, NULL, '{}', 'x')",
        "UPDATE latchkey.audit SET kind = 'x'",
        'DELETE FROM latchkey.audit',
        'TRUNCATE latchkey.audit',
        'UPDATE latchkey.audit_head SET sequence = 0',
        'DELETE FROM latchkey.audit_head',
        "INSERT INTO latchkey.audit_words VALUES (1, '{}')",
        'UPDATE latchkey.audit_words SET words = words',
        'UPDATE latchkey.audit_waiting SET at = 1',
        'DELETE FROM latchkey.audit_waiting',
        'TRUNCATE latchkey.requests',
        'DELETE FROM latchkey.migrations',
        'ALTER TABLE latchkey.audit DISABLE TRIGGER ALL',
        'DROP TRIGGER audit_is_never_changed ON latchkey.audit',
        'DROP TABLE latchkey.audit',
        'SET session_replication_role = replica',
        'CREATE TABLE latchkey.own (number bigint)',
        'SELECT latchkey.append_audit()',
      ]) {
        await expect(run(server, statement), statement).rejects.toThrow(/permission denied|must be owner/)
      }
      await opened.audit([sample.event()])
      expect(await opened.verifyAudit()).toBeUndefined()
    })

    test('hash what the program sent, whatever the server’s role has in its path', async () => {
      await opened.close()
      await start(await databases.fresh())
      await raw(
        'CREATE SCHEMA trap',
        "CREATE FUNCTION trap.encode(bytea, text) RETURNS text LANGUAGE sql AS $$ SELECT repeat('f', 64) $$",
        `GRANT USAGE ON SCHEMA trap TO ${server.user}`,
      )
      const waiting = `INSERT INTO latchkey.audit_waiting (at, kind, actor, detail, hashed)
        VALUES (1, 'refused', '{"kind":"system"}', '{}', '{')`
      await run(server, 'SET search_path = trap, pg_catalog', waiting)
      expect((await opened.auditHead()).hash).not.toBe('f'.repeat(64))
    })

    test.each([
      ["UPDATE latchkey.audit SET detail = '{}' WHERE sequence = 3", 3],
      ['UPDATE latchkey.audit SET actor = \'{"id":"linus","kind":"person"}\' WHERE sequence = 2', 2],
      ["UPDATE latchkey.audit SET actor = replace(actor, ',', ', ') WHERE sequence = 2", 2],
      ['UPDATE latchkey.audit SET request = NULL WHERE sequence = 4', 4],
      ['UPDATE latchkey.audit SET grant_id = request WHERE sequence = 4', 4],
      ['UPDATE latchkey.audit SET at = at + 1 WHERE sequence = 1', 1],
      ["UPDATE latchkey.audit SET kind = 'refused' WHERE sequence = 4", 4],
      ['UPDATE latchkey.audit SET hash = reverse(hash) WHERE sequence = 2', 2],
      ['DELETE FROM latchkey.audit WHERE sequence = 3', 3],
      ['DELETE FROM latchkey.audit WHERE sequence = 1', 1],
      ['DELETE FROM latchkey.audit WHERE sequence = (SELECT max(sequence) FROM latchkey.audit)', 6],
      ['DELETE FROM latchkey.audit', 1],
      ['UPDATE latchkey.audit SET sequence = 99 WHERE sequence = 5', 5],
      ['UPDATE latchkey.audit_head SET sequence = 4, hash = (SELECT hash FROM latchkey.audit WHERE sequence = 4)', 5],
    ])('show who tampered with it past the triggers: %s', async (statement, sequence) => {
      await sample.submitted(opened)
      await sample.ended(opened)
      expect([(await opened.auditRows(0, 9)).length, await opened.verifyAudit()]).toEqual([6, undefined])
      await run(undefined, 'SET session_replication_role = replica', statement)
      expect(await opened.verifyAudit()).toBe(sequence)
    })
  })
})
