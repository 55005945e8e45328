import { randomUUID } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { journalNames } from '../../src/app/journal-names.ts'
import { removeUnknown } from '../../src/app/remove-unknown.ts'
import { grantId } from '../../src/domain/ids.ts'
import type { Journal } from '../../src/domain/journal.ts'
import { seconds, type Timestamp, timestamp } from '../../src/domain/time.ts'
import { openStore } from '../../src/store/index.ts'
import { openJournal, readJournal } from '../../src/store/journal.ts'
import { failing, noticesOf, vaultLoop } from '../support/vault-loop.ts'
import * as sample from './store-samples.ts'

const { at, vault } = sample
const folder = mkdtempSync(join(tmpdir(), 'names-'))
const opened: Journal[] = []
afterAll(async () => {
  for (const each of opened) await each.close()
  rmSync(folder, { recursive: true, force: true })
})
const place = () => join(folder, randomUUID())
const drawn = (name: string, until: Timestamp = at(9_000)) => ({
  ...{ name, grant: grantId(`grant-of-${name}`), integration: vault.id, until },
})
const open = (file: string): Journal => {
  const journal = openJournal(file, () => at(100))
  opened.push(journal)
  return journal
}

describe('the journal of names', () => {
  test('has what was noted for the next process, for its owner alone', async () => {
    const file = join(place(), 'new-folder', 'names')
    const first = open(file)
    await Promise.all(['a', 'b', 'c'].map((name) => first.note([drawn(name)])))
    expect([first.has('a'), first.has('d'), first.former]).toEqual([true, false, []])
    await first.close()
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(open(file).former).toEqual(['a', 'b', 'c'].map((name) => drawn(name)))
  })

  test('takes the newest line of a name, and forgets in time what is over', async () => {
    const file = place()
    const journal = open(file)
    await journal.note([drawn('a'), drawn('b')])
    await journal.note([drawn('a', at(0))])
    expect(open(file).former).toEqual([drawn('b')])
    for (let turn = 0; turn < 3; turn += 1) {
      await journal.note(Array.from({ length: 1000 }, (_, index) => drawn(`${turn}-${index}`, timestamp(0))))
    }
    await journal.note([drawn('c')])
    await journal.close()
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThan(1100)
    expect(open(file).former).toEqual([drawn('b'), drawn('c')])
  })

  test('reads past a line that was torn, counts it, and loses no line after it', async () => {
    const file = place()
    writeFileSync(file, `${JSON.stringify(drawn('a'))}\n{"name":"b","gra`)
    const journal = open(file)
    await journal.note([drawn('c')])
    await journal.close()
    expect(readJournal(file)).toEqual({ names: [drawn('a'), drawn('c')], damaged: 1 })
  })

  test('says that it cannot be written, and tries again at the next name', async () => {
    const file = join(place(), 'names')
    mkdirSync(file, { recursive: true }) // a folder is in its place
    const journal = openJournal(join(file, 'file'), () => at(100))
    rmSync(file, { recursive: true })
    writeFileSync(file, '')
    await expect(journal.note([drawn('a')])).rejects.toThrow()
    expect(journal.has('a')).toBe(false)
    rmSync(file)
    await journal.note([drawn('a')])
    expect(readJournal(join(file, 'file'))?.names).toEqual([drawn('a')])
    await journal.close()
  })

  test('that may not be read is an error, not an empty one', () => {
    const file = place()
    mkdirSync(file)
    expect(() => open(file)).toThrow()
    chmodSync(file, 0o700)
  })
})

describe('a store with a journal', () => {
  const setUp = async (journal: Pick<Journal, 'note' | 'has'>) => {
    const plain = await openStore(':memory:', { newId: randomUUID })
    const whole: Journal = { former: [], present: () => [], close: async () => {}, ...journal }
    return { plain, store: journalNames(plain, whole, { now: () => at(100) }) }
  }

  test('notes each name once, with the time of its access, before anybody may use it', async () => {
    const file = place()
    const journal = open(file)
    const { plain, store } = await setUp(journal)
    const waiting = sample.grantOf(await sample.approved(plain))
    await store.saveHandle(waiting.id, { policies: ['one'] })
    const about = { grant: waiting.id, integration: vault.id }
    expect(readJournal(file)?.names).toEqual([{ name: 'one', until: at(1000), ...about }])
    const active = sample.after(
      await sample.present(await plain.requestOfGrant(waiting.id)),
      { kind: 'provisioned', handle: {} },
      at(20),
    )
    await sample.mustCommit(plain, active)
    await store.saveHandle(waiting.id, { policies: ['one', 'two'] })
    await store.saveHandle(waiting.id, { policies: ['two'], accessors: ['a'] })
    expect(readJournal(file)?.names.map(({ name, until }) => [name, until])).toEqual([
      ['one', at(1000)],
      ['two', at(920)],
    ])
  })

  test('notes the names of a credential that is about to be made', async () => {
    const file = place()
    const { plain, store } = await setUp(open(file))
    const active = await sample.activated(plain)
    const grant = sample.grantOf(active)
    const of = { integration: vault.id, person: sample.ada }
    const { held } = sample.present(await plain.claimAccount(of, () => 'account', seconds(60)))
    await plain.openLink(sample.link(active, 'hash', at(30)), [])
    await plain.redeem('hash', 'browser', at(31))
    const about = { link: sample.link(active, 'hash', at(30)).id, grant: grant.id, held }
    const step = { ...about, to: 'drawn', handle: { policies: ['three'] }, now: at(32), audit: [] } as const
    expect(await store.mint(step)).toBe('done')
    expect(readJournal(file)?.names.map(({ name }) => name)).toEqual(['three'])
  })

  test('gives no name to anybody that could not be noted, and nothing that exists is held up', async () => {
    const note = async () => Promise.reject(new Error('the disk is full'))
    const { plain, store } = await setUp({ note, has: () => false })
    const waiting = await sample.approved(plain)
    await sample.mustCommit(
      plain,
      sample.after(await sample.activated(plain), { kind: 'revoke-asked', because: 'revoked' }, at(60)),
    )
    const provisioned: string[] = []
    const { turns, health } = vaultLoop(
      store,
      { provision: async ({ grant }) => void provisioned.push(grant) },
      at(100),
    )
    await turns(1)
    expect(provisioned).toEqual([])
    expect((await sample.reload(plain, waiting.request)).grant).toMatchObject({
      trouble: { code: 'journal-unwritable' },
    })
    expect(health.isTroubled(vault.id)).toBe(false)
    expect((await plain.grants({ state: 'ended', limit: 9 })).length).toBe(1)
  })
})

describe('names of a former process', () => {
  const policy = (loaded: { readonly grant?: { readonly id: string } }, name: string) => ({
    ...drawn(name),
    grant: grantId(sample.present(loaded.grant).id),
  })

  test('that a restored database does not know are deleted once, and told; those that it knows stay', async () => {
    const store = await openStore(':memory:', { newId: randomUUID })
    const known = await sample.activated(store)
    await store.saveHandle(sample.grantOf(known).id, { policies: ['known'] })
    const over = await sample.ended(store)
    const there = new Set(['known', 'newer', 'of-nobody'])
    let isAway = true
    const asked: string[] = []
    const { deps } = vaultLoop(
      store,
      {
        remove: async ({ name }) => {
          if (isAway) throw failing('unreachable')
          asked.push(name)
          return there.delete(name)
        },
      },
      at(100),
    )
    const file = place()
    const before = open(file)
    await before.note([
      policy(known, 'known'),
      policy(known, 'newer'),
      policy(known, 'replaced'),
      policy(over, 'ended'),
    ])
    await before.note([drawn('of-nobody'), drawn('too-old', at(50))])
    await before.close()
    const remove = removeUnknown(deps, open(file))
    await expect(remove(vault.id)).rejects.toMatchObject({ code: 'unreachable' })
    isAway = false
    for (const _ of [1, 2]) await remove(vault.id)
    expect(asked).toEqual(['newer', 'replaced', 'of-nobody'])
    expect([...there]).toEqual(['known'])
    const told = await noticesOf(store, 'leftover-removed')
    expect(told).toMatchObject([{ name: 'newer' }, { name: 'of-nobody' }])
    // The next process has nothing left to look at.
    await removeUnknown(deps, open(file))(vault.id)
    expect(asked).toHaveLength(3)
  })

  test('that are not ours by their pattern are left alone', async () => {
    const store = await openStore(':memory:', { newId: randomUUID })
    const said: object[] = []
    const { deps } = vaultLoop(store, {}, at(100)) // the real connector refuses before any call
    deps.log.warn = (fields) => void said.push(fields)
    const file = place()
    const before = open(file)
    await before.note([drawn('root'), drawn('latchkey-management')])
    await before.close()
    await removeUnknown(deps, open(file))(vault.id)
    expect(said).toMatchObject([
      { name: 'root', code: 'not-ours' },
      { name: 'latchkey-management', code: 'not-ours' },
    ])
  })
})
