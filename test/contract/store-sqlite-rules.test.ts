import { describe, expect, test } from 'vitest'
import { seconds } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { at } = sample

/** What the tables refuse to anybody, even past our own code. */
describe('the tables', () => {
  const { store, raw, read } = useFolder()

  const filled = async (): Promise<Store> => {
    const opened = await store()
    await sample.submitted(opened)
    const active = await sample.activated(opened)
    const cards = [sample.card({ request: active.request.id })]
    await sample.mustCommit(opened, { ...active, audit: [], cards })
    await opened.openLink(sample.link(active, 'hash', at(30)), [])
    const pass = await opened.openPass(sample.vault.id, {
      now: at(0),
      since: at(0),
      ownerKey: undefined,
      roots: ['kv/'],
    })
    const found = [{ type: 'secret', path: 'kv/db', permissions: ['read'] }]
    await opened.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at(0))
    await opened.addControlGroup(sample.controlGroup(), [], [])
    await opened.claimAccount({ integration: sample.vault.id, person: sample.ada }, () => 'name', seconds(1))
    return opened
  }

  test.each([
    ['requests', 'state'],
    ['requests', 'is_open'],
    ['decisions', 'verdict'],
    ['grants', 'state'],
    ['grants', 'withdraw'],
    ['grants', 'because'],
    ['fetch_links', 'state'],
    ['cards', 'audience'],
    ['control_groups', 'state'],
    ['resources', 'is_gone'],
  ])('take no unknown word in %s.%s', async (table, column) => {
    await filled()
    expect(() => raw(`UPDATE ${table} SET ${column} = 'nonsense'`)).toThrow(/CHECK constraint failed|cannot store TEXT/)
    expect(() => raw(`UPDATE ${table} SET ${column} = 7`)).toThrow('CHECK constraint failed')
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
      expect(() => raw(`UPDATE ${table} SET ${column} = '{"half":'`)).toThrow(/malformed JSON|CHECK/)
      expect(() => raw(`UPDATE ${table} SET ${column} = '7'`)).toThrow('CHECK constraint failed')
    }
  })

  test.each([
    ['INSERT INTO requests SELECT * FROM requests WHERE 1', /requests/],
    [
      "INSERT INTO decisions SELECT request, 9, approver, 'deny', 'no', at, NULL, NULL FROM decisions",
      'decisions.request, decisions.approver',
    ],
    ["UPDATE decisions SET duration = 60, verdict = 'deny', note = 'no'", 'CHECK constraint'],
    ['UPDATE decisions SET duration = 0', 'CHECK constraint'],
    ["UPDATE grants SET request = (SELECT id FROM requests WHERE state = 'pending')", 'FOREIGN KEY'],
    ['DELETE FROM requests', 'FOREIGN KEY'],
    ['DELETE FROM grants', 'a grant is never deleted'],
    [
      "UPDATE requests SET state = 'denied', denied_by = 'x', denial_note = 'y', is_open = 0 WHERE state = 'approved'",
      'stays decided',
    ],
    ["UPDATE requests SET state = 'approved', decide_by = NULL, decided_at = 1 WHERE state = 'pending'", 'FOREIGN KEY'],
    ['UPDATE grants SET due_at = NULL', 'CHECK'],
    ['UPDATE requests SET workload = \'{"kind":"job"}\'', 'keeps its workload'],
    ['UPDATE grants SET workload = \'{"kind":"job"}\'', 'keeps its workload'],
    ["UPDATE grants SET state = 'revoking'", 'CHECK'],
    ["UPDATE fetch_links SET state = 'redeemed'", 'CHECK'],
    [
      "INSERT INTO accounts VALUES ('vault', 'somebody-else', 'name', NULL, NULL)",
      'accounts.integration, accounts.name',
    ],
    ["UPDATE resources SET path = 'kv/other'", 'keeps its path'],
    ["UPDATE control_groups SET accessor = 'other'", 'never changes'],
    ["UPDATE control_groups SET requester = 'grace'", 'never changes'],
    ["UPDATE control_groups SET state = 'denied'", 'CHECK'],
    ["UPDATE control_groups SET denied_by = 'grace', denied_at = 1, note = 'no'", 'CHECK'],
    ['UPDATE control_groups SET look_at = NULL', 'CHECK'],
    ['DELETE FROM control_groups', 'never deleted'],
    [
      "INSERT INTO cards SELECT 99, 'x', 'none', audience, notice, platform, recipient, message, 0, 1, 0, 0, NULL, NULL, NULL FROM cards",
      'FOREIGN KEY',
    ],
  ])('refuse: %s', async (statement, why) => {
    await filled()
    expect(() => raw(statement)).toThrow(why)
  })

  test('let a grant have one open link, a hash one link, and leave used links as they are', async () => {
    await filled()
    const copy = (id: string, hash: string, state: string) =>
      raw(
        `INSERT INTO fetch_links SELECT NULL, '${id}', grant_id, request, person, '${hash}', 1, 2, '${state}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL FROM fetch_links LIMIT 1`,
      )
    expect(() => copy('second', 'other', 'open')).toThrow('fetch_links.grant_id')
    expect(() => copy('second', 'hash', 'replaced')).toThrow('fetch_links.hash')
    copy('second', 'other', 'replaced')
    expect(() => raw("UPDATE fetch_links SET state = 'open' WHERE id = 'second'")).toThrow('stays used')
  })

  test('keep the alarm of a link, which only a used one can have', async () => {
    const opened = await filled()
    expect(() => raw('UPDATE fetch_links SET misused_at = 1')).toThrow('CHECK')
    expect(() => raw("UPDATE fetch_links SET explained_at = 1, explained_by = 'press'")).toThrow('CHECK')
    await opened.redeem('hash', 'browser', at(31))
    raw('UPDATE fetch_links SET misused_at = 1')
    expect(() => raw('UPDATE fetch_links SET misused_at = NULL')).toThrow('stays misused')
    expect(() => raw("UPDATE fetch_links SET credential = 'issued'")).toThrow('CHECK')
  })

  test('keep a settled wrapping as it is', async () => {
    await filled()
    raw("INSERT INTO wrappings SELECT id, grant_id, 'vault', 'waiting', 1, 2 FROM fetch_links")
    expect(() => raw("UPDATE wrappings SET state = 'nonsense'")).toThrow('CHECK')
    raw("UPDATE wrappings SET state = 'opened'")
    expect(() => raw("UPDATE wrappings SET state = 'unopened'")).toThrow('stays settled')
  })

  test('know a secret that was read, with the id of its call, before anybody is told', async () => {
    await filled()
    raw(`INSERT INTO rotations (grant_id, integration, path, state, turn, tries, looks)
      SELECT id, integration, 'kv/data/a', 'waiting', 0, 0, 0 FROM grants LIMIT 1`)
    expect(() => raw("UPDATE rotations SET state = 'unchanged'")).toThrow('CHECK')
    expect(() => raw("UPDATE rotations SET hook = 'due'")).toThrow('CHECK')
    raw(`UPDATE rotations SET state = 'unchanged', id = 'x', secret = 'kv/a', reads = '{}', hook = 'due', hook_at = 1`)
  })

  test('let only a used link without a credential be unspent', async () => {
    const opened = await filled()
    expect(() => raw('UPDATE fetch_links SET unspent_at = 1')).toThrow('CHECK')
    await opened.redeem('hash', 'browser', at(31))
    raw('UPDATE fetch_links SET unspent_at = 1')
    expect(() => raw("UPDATE fetch_links SET credential = 'drawn', credential_at = 1")).toThrow('CHECK')
  })

  test('keep audit rows from being changed, deleted, replaced, or put out of order', async () => {
    await filled()
    const insert = (sequence: string, verb = 'INSERT') =>
      raw(
        `${verb} INTO audit SELECT ${sequence}, at, kind, actor, integration, request, grant_id, detail, hash FROM audit LIMIT 1`,
      )
    for (const change of [
      "UPDATE audit SET kind = 'x'",
      'UPDATE audit SET at = at',
      'UPDATE audit SET sequence = 99 WHERE sequence = 1',
    ]) {
      expect(() => raw(change)).toThrow('never changed')
    }
    expect(() => raw('DELETE FROM audit')).toThrow('never deleted')
    expect(() => raw('DELETE FROM audit_head')).toThrow('never deleted')
    for (const verb of ['INSERT', 'INSERT OR REPLACE', 'REPLACE'])
      expect(() => insert('1', verb)).toThrow('follow one another')
    expect(() => insert('1000')).toThrow('follow one another')
  })

  test('show damage as an error, never as a wrong value', async () => {
    const opened = await filled()
    const { request } = await sample.submitted(opened)
    raw(
      'PRAGMA ignore_check_constraints = ON',
      `UPDATE requests SET items = '[{"path":"kv/x"}]' WHERE id = '${request.id}'`,
    )
    await expect(opened.request(request.id)).rejects.toThrow('permission')
    raw('PRAGMA ignore_check_constraints = ON', 'UPDATE grants SET expires_at = NULL')
    await expect(opened.liveAt(sample.vault.id)).rejects.toThrow('lacks a column')
  })

  describe('when somebody tampers with the audit log past the triggers', () => {
    const unguarded = (...statements: readonly string[]) => {
      const triggers = read("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
      const drops = triggers.map((trigger) => `DROP TRIGGER ${Object.values(trigger as object)[0]}`)
      raw(...drops, ...statements)
    }

    test.each([
      ["UPDATE audit SET detail = '{}' WHERE sequence = 3", 3],
      ['UPDATE audit SET actor = \'{"id":"linus","kind":"person"}\' WHERE sequence = 2', 2],
      ["UPDATE audit SET actor = replace(actor, ',', ', ') WHERE sequence = 2", 2],
      ['UPDATE audit SET request = NULL WHERE sequence = 4', 4],
      ['UPDATE audit SET grant_id = request WHERE sequence = 4', 4],
      ['UPDATE audit SET at = at + 1 WHERE sequence = 1', 1],
      ["UPDATE audit SET kind = 'refused' WHERE sequence = 4", 4],
      ['UPDATE audit SET hash = substr(hash, 2) || substr(hash, 1, 1) WHERE sequence = 2', 2],
      ['DELETE FROM audit WHERE sequence = 3', 3],
      ['DELETE FROM audit WHERE sequence = 1', 1],
      ['DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)', 6],
      ['DELETE FROM audit', 1],
      ['UPDATE audit SET sequence = 99 WHERE sequence = 5', 5],
      ['UPDATE audit_head SET sequence = 4, hash = (SELECT hash FROM audit WHERE sequence = 4)', 5],
    ])('it is found: %s', async (statement, sequence) => {
      const opened = await store()
      await sample.submitted(opened)
      await sample.ended(opened)
      expect([(await opened.auditRows(0, 9)).length, await opened.verifyAudit()]).toEqual([6, undefined])
      unguarded(statement)
      expect(await opened.verifyAudit()).toBe(sequence)
    })
  })
})
