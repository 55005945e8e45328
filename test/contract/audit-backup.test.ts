import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, test } from 'vitest'
import type { Store } from '../../src/ports.ts'
import { runCli } from '../support/run-cli.ts'
import * as sample from './store-samples.ts'
import { useFolder } from './store-sqlite-raw.ts'

const { at } = sample

describe('a backup', () => {
  const { at: path, store, read } = useFolder()
  const latchkey = async (line: readonly string[], answers: readonly string[] = []) => {
    const { code, out, err } = await runCli([...line, '--database', path('latchkey.db')], { answers })
    return { code, out: out.trimEnd(), err: err.trimEnd() }
  }
  const backUp = (...options: readonly string[]) => latchkey(['backup', path('copy.db'), ...options])
  const restore = (...options: readonly string[]) => latchkey(['restore', path('copy.db'), ...options])
  const headOf = async (of: Store) => Object.values(await of.auditHead()).join(':')
  const stateOf = async (of: Store, { request }: { request: Parameters<typeof sample.reload>[1] }) =>
    (await sample.reload(of, request)).grant?.state
  const names = () => readdirSync(path('.')).toSorted()
  /** Past everything, as somebody with the file in hand. */
  const tamper = (file: string, statement: string) => {
    const database = new DatabaseSync(path(file))
    database.exec(`DROP TRIGGER audit_is_never_changed; ${statement}`)
    database.close()
  }

  test('is made while the server writes, is whole, and for its owner alone', async () => {
    const running = await store()
    await running.instance()
    await sample.activated(running)
    const [first, second] = [backUp(), sample.submitted(running)]
    const { code, out } = await first
    const { request } = await second
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(/copy\.db: \d+\.\d MiB, intact, with \d audit rows\.\nhead \d:[0-9a-f]{64}$/),
    ])
    expect(statSync(path('copy.db')).mode & 0o777).toBe(0o600)
    expect(names().filter((name) => name.startsWith('copy'))).toEqual(['copy.db'])
    await running.commit(sample.approval(request))
    const copy = await store(undefined, 'copy.db')
    expect(await copy.verifyAudit()).toBeUndefined()
    expect(out).toContain(await headOf(copy))
  })

  test('replaces nothing that has its name: no copy, no other file, no link', async () => {
    await sample.submitted(await store())
    await backUp()
    writeFileSync(path('notes.txt'), 'mine')
    symlinkSync(path('nowhere'), path('link'))
    for (const name of ['copy.db', 'notes.txt', 'link', '.']) {
      const before = existsSync(path(name)) && name !== '.' ? readFileSync(path(name)) : undefined
      expect(await latchkey(['backup', path(name)])).toMatchObject({
        code: 1,
        err: expect.stringMatching(/is there already.*--force/),
      })
      if (before) expect(readFileSync(path(name)).equals(before)).toBe(true)
    }
    expect(existsSync(path('nowhere'))).toBe(false)
    expect(names().filter((name) => name.includes('unfinished'))).toEqual([])
  })

  test('does not replace a file that takes its name while it is being made', async () => {
    await sample.submitted(await store())
    const begun = new Promise<void>((resolve) => {
      const folder = watch(path('.'), (_, name) => {
        if (!name?.startsWith('copy.db.unfinished')) return
        folder.close()
        writeFileSync(path('copy.db'), 'quicker')
        resolve()
      })
    })
    const backup = backUp()
    await begun
    expect(await backup).toMatchObject({ code: 1, err: expect.stringContaining('is there already') })
    expect(readFileSync(path('copy.db'), 'utf8')).toBe('quicker')
  })

  test('replaces an older copy by --force, and only when it is good', async () => {
    const running = await store()
    await sample.submitted(running)
    writeFileSync(path('copy.db'), 'an older one')
    expect((await backUp('--force')).code).toBe(0)
    const before = readFileSync(path('copy.db'))
    await running.close()
    tamper('latchkey.db', "UPDATE audit SET detail = '{}' WHERE sequence = 1")
    expect(await backUp('--force')).toMatchObject({
      code: 1,
      err: expect.stringContaining('row 1 does not follow'),
    })
    expect(readFileSync(path('copy.db')).equals(before)).toBe(true)
    expect(names().filter((name) => name.includes('unfinished'))).toEqual([])
  })

  test('by --force is not put over the database itself, whatever its folder is called', async () => {
    const running = await store()
    await sample.submitted(running)
    symlinkSync(path('.'), path('alias'))
    for (const name of ['latchkey.db', 'alias/latchkey.db', 'alias/latchkey.db-wal', 'alias/latchkey.db.lock']) {
      expect(await latchkey(['backup', '--force', path(name)])).toMatchObject({
        code: 1,
        err: expect.stringContaining('belongs to the database itself'),
      })
    }
    expect(await running.verifyAudit()).toBeUndefined()
  })

  test('is not made of a database that is damaged, nor over the database itself', async () => {
    const running = await store()
    await running.audit(Array.from({ length: 500 }, () => sample.event()))
    await running.close()
    expect(await latchkey(['backup', path('latchkey.db')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('belongs to the database itself'),
    })
    expect(await latchkey(['backup', path('nowhere/copy.db')])).toMatchObject({
      code: 1,
      err: expect.stringContaining('no folder'),
    })
    truncateSync(path('latchkey.db'), Math.floor(statSync(path('latchkey.db')).size / 8192) * 4096)
    expect((await backUp()).code).toBe(1)
    expect(existsSync(path('copy.db'))).toBe(false)
  })

  describe('that is restored', () => {
    /** A copy with four accesses: one ends after it, one was being set up, one goes on, one is new. */
    const history = async () => {
      const running = await store()
      await running.instance()
      const ends = await sample.activated(running)
      const unfinished = await sample.approved(running)
      const goesOn = await sample.activated(running)
      const pending = await sample.submitted(running)
      await backUp()
      const end = { kind: 'revoke-asked', because: 'given-back' } as const
      await sample.mustCommit(running, sample.after(ends, end, at(30)))
      const proof = { means: 'canary', at: at(31), latency: 1 } as const
      await sample.mustCommit(
        running,
        sample.after(await sample.reload(running, ends.request), { kind: 'revoked', proof }, at(31)),
      )
      await sample.mustCommit(running, sample.denial(pending.request))
      const isNew = await sample.activated(running)
      return { running, ends, unfinished, goesOn, pending, isNew }
    }
    const shortOf = ({ grant }: { grant?: { id: string } }) => grant?.id.slice(0, 8)

    test('is refused while a server runs, and only described then', async () => {
      const { running, isNew } = await history()
      const before = await headOf(running)
      expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('Stop it first') })
      const { code, out } = await restore('--dry-run')
      expect(code).toBe(0)
      expect(out).toContain('The present log has')
      expect(out).toMatch(/Live in the copy, ended since \(1\)/)
      expect(out).toMatch(/Being set up in the copy \(1\)/)
      expect(out).toMatch(/Live in the copy \(1\): they continue/)
      expect(out).toMatch(/Live now, unknown to the copy \(1\)/)
      expect(out).toMatch(new RegExp(`${shortOf(isNew)}  ada, read\\S* kv/apps/db at vault until`))
      expect(out).toContain('1 request waits for a decision again')
      expect(out.endsWith('Nothing was changed.')).toBe(true)
      expect(await headOf(running)).toBe(before)
      expect(names()).toEqual(['copy.db', 'latchkey.db', 'latchkey.db-shm', 'latchkey.db-wal', 'latchkey.db.lock'])
    })

    test('brings nothing back that has ended, and keeps what it replaces', async () => {
      const { running, ends, unfinished, goesOn, pending, isNew } = await history()
      const replaced = await headOf(running)
      await running.close()
      const { code, out, err } = await restore()
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain('is restored. The replaced database is kept as')

      const restored = await store()
      expect(await restored.verifyAudit()).toBeUndefined()
      expect([
        await stateOf(restored, ends),
        await stateOf(restored, unfinished),
        await stateOf(restored, goesOn),
      ]).toEqual(['revoking', 'revoking', 'active'])
      expect(await restored.request(isNew.request.id)).toBeUndefined()
      expect((await restored.request(pending.request.id))?.request.state).toBe('pending')
      const rows = (await restored.auditRows(0, 99)).slice(-3)
      expect(rows.map(({ kind, actor }) => [kind, actor.kind])).toEqual([
        ['database-restored', 'operator'],
        ['access-ending', 'operator'],
        ['access-ending', 'operator'],
      ])
      expect(rows[0]?.detail.replaced).toBe(replaced)
      await restored.close()

      const kept = names().find((name) => name.startsWith('latchkey.db.replaced-')) ?? ''
      expect(await headOf(await store(undefined, kept))).toBe(replaced)
      expect(names().filter((name) => name.includes('restoring'))).toEqual([])
      expect(statSync(path('latchkey.db')).mode & 0o777).toBe(0o600)
    })

    test('does not happen when the person says no, or notes another head', async () => {
      const { running } = await history()
      await running.close()
      const before = readFileSync(path('latchkey.db'))
      expect(await latchkey(['restore', path('copy.db')], ['no'])).toMatchObject({
        code: 1,
        err: expect.stringContaining('Nothing was changed'),
      })
      expect(await restore('--head', `1:${'0'.repeat(64)}`)).toMatchObject({
        code: 1,
        err: expect.stringContaining('has no audit row 1'),
      })
      expect(readFileSync(path('latchkey.db')).equals(before)).toBe(true)
    })

    test('where nothing is left, still brings back no access that was being set up', async () => {
      const { running, unfinished, goesOn } = await history()
      await running.close()
      const elsewhere = path('new/latchkey.db')
      const done = await runCli(['restore', path('copy.db'), '--database', elsewhere])
      expect(done).toMatchObject({
        code: 0,
        out: expect.stringContaining('There is no present database to compare it with'),
      })
      const restored = await store(undefined, 'new/latchkey.db')
      expect([await stateOf(restored, unfinished), await stateOf(restored, goesOn)]).toEqual(['revoking', 'active'])
      expect(readdirSync(path('new')).filter((name) => name.includes('restor') || name.includes('replaced'))).toEqual(
        [],
      )
    })

    test('over a database that cannot be read any more says so, and restores', async () => {
      const { running } = await history()
      await running.close()
      writeFileSync(path('latchkey.db'), 'no database at all')
      expect(await restore()).toMatchObject({
        code: 0,
        err: expect.stringContaining('cannot be read, so nothing is compared'),
      })
      expect(await (await store()).verifyAudit()).toBeUndefined()
    })

    test('must be the database of this very Latchkey, unless it is said otherwise', async () => {
      const { running } = await history()
      await running.close()
      const other = await store(undefined, 'other.db')
      await other.instance()
      await sample.submitted(other)
      await other.close()
      copyFileSync(path('other.db'), path('copy.db'))
      expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('--another-instance') })
      expect(await restore('--another-instance')).toMatchObject({
        code: 0,
        out: expect.stringContaining('is not part of the present log'),
      })
    })

    test('must be whole, and of a version that this one knows', async () => {
      const { running } = await history()
      await running.close()
      expect(await latchkey(['restore', path('none.db')])).toMatchObject({
        code: 1,
        err: expect.stringContaining('no file'),
      })
      expect(await latchkey(['restore', join(import.meta.dirname, 'store-sqlite-raw.ts')])).toMatchObject({
        code: 1,
        err: expect.stringContaining("is not a Latchkey's database"),
      })
      const database = new DatabaseSync(path('copy.db'))
      database.exec("INSERT INTO migrations (name, hash, applied_at) VALUES ('9999-later.sql', 'x', 0)")
      database.close()
      expect(await restore()).toMatchObject({ code: 1, err: expect.stringContaining('written by a newer Latchkey') })
      await (await store()).close()
      await backUp('--force')
      tamper('copy.db', "UPDATE audit SET kind = 'refused' WHERE sequence = 2")
      expect(await restore('--dry-run')).toMatchObject({
        code: 1,
        err: expect.stringContaining('row 2 does not follow'),
      })
      expect(read('SELECT count(*) AS count FROM requests')).toEqual([{ count: 5 }])
    })
  })
})
