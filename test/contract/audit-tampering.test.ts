import { describe, expect, test } from 'vitest'
import { grantId, requestId } from '../../src/domain/ids.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

/** A database of somebody who has the file in hand: no trigger, no constraint holds. */
describe('the audit log is not whole when', () => {
  const { at: path, store, raw, read } = useFolder()
  const verify = () => runCli(['audit', 'verify', '--database', path('latchkey.db')])

  const tampered = async (change: string) => {
    const opened = await store()
    await opened.audit([
      sample.event(),
      sample.event({
        actor: { kind: 'person', id: sample.ada },
        request: requestId('r-1'),
        grant: grantId('g-1'),
        detail: { at: 3, because: 'given-back', detail: 7 },
      }),
      sample.event(),
    ])
    expect((await verify()).code).toBe(0)
    const triggers = read("SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name LIKE 'audit%'")
    const drops = triggers.map((trigger) => `DROP TRIGGER ${Object.values(trigger as object)[0]}`)
    // A copy of the table without its rules: a column may then hold text where a number belongs.
    const loosened = [
      'CREATE TABLE loose (sequence INTEGER PRIMARY KEY, at, kind, actor, integration, request, grant_id, detail, hash)',
      'INSERT INTO loose SELECT sequence, at, kind, actor, integration, request, grant_id, detail, hash FROM audit',
      'DROP TABLE audit',
      'ALTER TABLE loose RENAME TO audit',
    ]
    raw(...drops, ...loosened, `UPDATE audit SET ${change} WHERE sequence = 2`)
    return verify()
  }

  /** Most of them leave the text that is hashed as it was. */
  const moves: Record<string, string> = {
    'the grant was moved into the detail': `grant_id = NULL, detail = detail || ',"grant":"g-1"'`,
    'grant and integration were moved into the detail': `grant_id = NULL, integration = NULL,
      detail = detail || ',"grant":"g-1","integration":"' || integration || '"'`,
    'the detail was moved into the moment': `at = at || ',"detail":{"at":3,"because":"given-back"', detail = '7}'`,
    'the detail is the same value in another text': `detail = replace(detail, '3', '3.0')`,
    'the detail has a key twice': `detail = replace(detail, '"at":3', '"at":3,"at":3')`,
    'the detail is bytes that read as its text': `detail = CAST(detail AS BLOB)`,
    'the moment is a text that reads as its number': `at = '' || at`,
  }
  test.each(Object.entries(moves))('%s', async (_, change) => {
    expect(await tampered(change)).toMatchObject({ code: 1, err: expect.stringContaining('row 2 does not follow') })
  })

  /** The words stand beside the chain, so each of these leaves every hash as it was. */
  test.each([
    [
      'what somebody wrote was deleted, and nothing says so',
      'DELETE FROM audit_words',
      'what people wrote in row 1 is gone',
    ],
    [
      'what somebody wrote says something else',
      `UPDATE audit_words SET words = replace(words, 'It is on fire', 'Just curious')`,
      'row 1 does not follow',
    ],
    ['what somebody wrote stands beside another row', 'UPDATE audit_words SET sequence = 2', 'row 2 does not follow'],
  ])('%s', async (_, change, complaint) => {
    const opened = await store()
    await opened.audit([sample.event({ detail: { reason: 'It is on fire.', seconds: 900 } }), sample.event()])
    expect((await verify()).code).toBe(0)
    expect(JSON.stringify(read('SELECT detail FROM audit'))).not.toContain('fire')
    expect(() => raw(`UPDATE audit_words SET words = '{}'`)).toThrow('erased, never changed')
    expect(() => raw(`INSERT INTO audit_words VALUES (1, '{}')`)).toThrow('with their row')
    raw('DROP TRIGGER audit_words_are_never_changed', change)
    expect(await verify()).toMatchObject({ code: 1, err: expect.stringContaining(complaint) })
  })
})
