import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { grantId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import { openConnection } from '../../src/store/sqlite/connection.ts'
import { migrate } from '../../src/store/sqlite/migrate.ts'
import { useFolder } from './store-sqlite-raw.ts'

const shipped = join(import.meta.dirname, '../../migrations')
const { at, store, raw } = useFolder()

const items = '[{"path":"kv/db","permission":"read","resource":"resource","type":"secret"}]'
const plan = '{"document":"{}","hash":"f00d"}'
const requirements = '[{"approvals":1,"by":"tag","owners":["group:platform"]}]'

/** A request with an active grant, as the release before links had alarms wrote them. */
const active = (id: string, withdraw: 0 | 1): string => `
  BEGIN;
  INSERT INTO requests (id, draft, requester, integration, items, reason, duration, plan, requirements, submitted_at,
    revision, state, decided_at, is_open)
  VALUES ('${id}', '${id}', 'ada', 'vault', '${items}', 'why', 900, '${plan}', '${requirements}', 1, 3, 'approved', 2, 1);
  INSERT INTO grants (id, request, person, integration, items, duration, plan, attempts, due_at, state, since,
    expires_at, withdraw)
  VALUES ('${id}', '${id}', 'ada', 'vault', '${items}', 900, '${plan}', 0, 3, 'active', 3, 9000, ${withdraw});
  COMMIT`
const link = (hash: string, grant: string, state: string): string => `
  INSERT INTO fetch_links (id, grant_id, request, person, hash, opened_at, expires_at, state, redeemed_at, browser)
  VALUES ('${hash}', '${grant}', '${grant}', 'ada', '${hash}', 4, 99, '${state}',
    ${state === 'redeemed' ? "5, 'browser'" : 'NULL, NULL'})`

/** The database of an older release, with the first migrations only. */
const databaseBefore = (first: string): void => {
  cpSync(shipped, at('before'), { recursive: true })
  for (const file of readdirSync(at('before'))) if (file >= first) rmSync(join(at('before'), file), { recursive: true })
  const { connection, close } = openConnection(at('latchkey.db'))
  migrate(connection, at('before'), () => timestamp(0))
  close()
}

test('the holder of an access that an older release gave is told that its end is near', async () => {
  databaseBefore('0005')
  raw(active('held', 0))
  const upgraded = await store()
  expect(await upgraded.nextToTell()).toBe(9000 - 899)
})

test('a withdrawal that the last release owed is still owed, and any used link of a live grant may have led to it', async () => {
  databaseBefore('0005')
  raw(active('owed', 1), active('quiet', 0))
  raw(link('misused', 'owed', 'redeemed'), link('used', 'quiet', 'redeemed'), link('open', 'quiet', 'open'))
  const upgraded = await store()
  expect(await upgraded.link({ hash: 'misused' })).toMatchObject({ credential: { state: 'issued' }, misusedAt: 5 })
  expect(await upgraded.linksInUse(grantId('owed'))).toHaveLength(1)
  const used = await upgraded.link({ hash: 'used' })
  expect(used).toMatchObject({ credential: { state: 'issued', since: 5 } })
  expect(used).not.toHaveProperty('misusedAt')
  expect(await upgraded.link({ hash: 'open' })).not.toHaveProperty('credential')
})

test('what people said of their alarms stays said; a theft at the vault that was explained stands again', async () => {
  databaseBefore('0030')
  raw(active('held', 0), link('both', 'held', 'redeemed'), link('theft', 'held', 'redeemed'))
  const said = "explained_at = 8, explained_by = 'sign-in'"
  raw(`UPDATE fetch_links SET doubted_at = 6, misused_at = 7, ${said}`)
  const raised = (sequence: number, id: string, how: string) => `
    INSERT INTO audit (sequence, at, kind, actor, request, detail, hash)
    VALUES (${sequence}, 7, 'link-misused', '{"kind":"system"}', 'held', '{"link":"${id}","how":"${how}"}',
      '${'0'.repeat(64)}');
    UPDATE audit_head SET sequence = ${sequence}`
  raw(raised(1, 'both', 'reported'), raised(2, 'theft', 'spent-unseen'))
  const upgraded = await store()
  const words = { at: 8, by: 'sign-in' }
  expect(await upgraded.link({ hash: 'both' })).toMatchObject({
    misusedHow: 'reported',
    explained: { misuse: words, doubt: words },
  })
  const stolen = await upgraded.link({ hash: 'theft' })
  expect(stolen).toMatchObject({ misusedHow: 'spent-unseen', explained: { doubt: words } })
  expect(stolen?.explained).not.toHaveProperty('misuse')
})
