import { describe, expect, test } from 'vitest'
import { absoluteStore, storeFault, storeFolder, storeJournal } from '../../../src/store/address.ts'
import { openReader, openStore, storeAt } from '../../../src/store/index.ts'

test.each([
  ['a relative path', 'data/latchkey.sqlite', '/etc/latchkey/data/latchkey.sqlite'],
  ['an absolute path', '/var/lib/latchkey.sqlite', '/var/lib/latchkey.sqlite'],
  ['memory', ':memory:', ':memory:'],
])('%s is taken from the folder of the configuration', (_, address, absolute) => {
  expect(storeFault(address)).toBeUndefined()
  expect(absoluteStore(address, '/etc/latchkey')).toBe(absolute)
})

test('what belongs to a file lies beside it; in memory there is nothing beside', () => {
  expect(storeFolder('/var/lib/latchkey/db.sqlite')).toBe('/var/lib/latchkey')
  expect(storeJournal('/var/lib/latchkey/db.sqlite')).toBe('/var/lib/latchkey/db.sqlite.names')
  expect(storeFolder(':memory:')).toBeUndefined()
  expect(storeJournal(':memory:')).toBeUndefined()
})

describe('an address of a database that cannot be used', () => {
  test('is refused with what to write instead', () => {
    expect(storeFault('mysql://user:hunter2@db/x')).toMatch(/^no database is known for mysql:\/\/; name a file/)
    expect(storeFault('')).toMatch(/^name a file/)
  })

  test('is no path: nothing is made of it', async () => {
    const address = 'mysql://db/x'
    expect(absoluteStore(address, '/etc')).toBe(address)
    expect(() => storeAt(address)).toThrow('no database is known')
    await expect(openStore(address, { newId: () => '' })).rejects.toThrow('no database is known')
    await expect(openReader(address)).rejects.toThrow('no database is known')
  })
})
