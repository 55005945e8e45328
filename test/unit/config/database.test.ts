import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { databasePlace, ownerAddress } from '../../../src/config/database.ts'
import { storeFolder, storeJournal, storeName } from '../../../src/store/address.ts'

const folder = mkdtempSync(join(tmpdir(), 'database-'))
afterAll(() => rmSync(folder, { recursive: true }))

const url = 'postgres://latchkey:hunter2@db.example.com/latchkey?sslmode=verify-full'
const written = 'postgres://latchkey@db.example.com/latchkey?sslmode=verify-full'
const read = (keys: { database?: string; dataFolder?: string }, environment: Record<string, string> = {}) => {
  const { database, dataFolder } = keys
  const { place, faults } = databasePlace({ database, dataFolder, base: '/etc/latchkey', environment })
  return { place, faults }
}

test('without a word about it, the database is a file', () => {
  expect(read({})).toEqual({ place: '/etc/latchkey/data/latchkey.sqlite', faults: [] })
})

test('the environment has the whole address, the file may have it without the password', () => {
  const name = 'postgres://latchkey@db.example.com:5432/latchkey'
  const file = join(folder, 'url')
  writeFileSync(file, `${url}\n`)
  for (const keys of [{}, { database: written }])
    for (const environment of [{ DATABASE_URL: url }, { DATABASE_URL_FILE: file }]) {
      const { place, faults } = read(keys, environment)
      expect([storeName(place), faults]).toEqual([name, []])
      expect(typeof place === 'object' && place.server.password?.reveal()).toBe('hunter2')
    }
  expect(storeName(read({ database: written }).place)).toBe(name)
})

test('what belongs to the process lies in dataFolder', () => {
  const places = (keys: { dataFolder?: string }) => {
    const { place } = read({ database: written, ...keys })
    return [storeFolder(place), storeJournal(place)]
  }
  expect(places({})).toEqual(['/etc/latchkey/data', '/etc/latchkey/data/latchkey.names'])
  expect(places({ dataFolder: '/var/lib/latchkey' })).toEqual(['/var/lib/latchkey', '/var/lib/latchkey/latchkey.names'])
})

test.each([
  ['a password in the file', { database: url }, {}, 'database', /^write no password here; .* DATABASE_URL/],
  ['an address off this machine in clear', { database: 'postgres://l@db/l' }, {}, 'database', /^add \?sslmode/],
  [
    'a file and an address',
    { database: 'a.sqlite' },
    { DATABASE_URL: url },
    'database',
    /^names a file, but DATABASE_URL/,
  ],
  [
    ...(['two databases', { database: written.replace('/latchkey', '/other') }, { DATABASE_URL: url }] as const),
    ...(['database', /^DATABASE_URL names another database/] as const),
  ],
  ['a folder without need', { dataFolder: '/srv' }, {}, 'dataFolder', /^is for PostgreSQL/],
  [
    'no address',
    {},
    { DATABASE_URL: 'db.example.com hunter2' },
    undefined,
    /^environment: DATABASE_URL: write an address/,
  ],
  ['a file that is not there', {}, { DATABASE_URL_FILE: '/nowhere' }, undefined, /DATABASE_URL_FILE: \/nowhere cannot/],
  ['a direct way to a file', {}, { DATABASE_DIRECT_URL: url }, undefined, /^environment: DATABASE_DIRECT_URL: is for/],
])('%s is a mistake at its place, which shows no password', (_, keys, environment, key, message) => {
  const [fault] = read(keys, environment).faults
  expect(fault?.key).toBe(key)
  expect(fault?.message).toMatch(message)
  expect(fault?.message).not.toContain('hunter2')
})

test('the direct way and the owner have addresses of their own', () => {
  const direct = url.replace('db.', 'direct.')
  const { place } = read({}, { DATABASE_URL: url, DATABASE_DIRECT_URL: direct })
  expect(typeof place === 'object' && place.direct?.host).toBe('direct.example.com')
  expect(ownerAddress({ DATABASE_OWNER_URL: url }).address?.user).toBe('latchkey')
  expect(ownerAddress({})).toEqual({})
  expect(ownerAddress({ DATABASE_OWNER_URL: 'x' }).fault).toMatch(/^environment: DATABASE_OWNER_URL: write an address/)
})
