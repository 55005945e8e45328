import { describe, expect, test } from 'vitest'
import { absoluteStore, placeOf, storeFault, storeFolder, storeJournal, storeName } from '../../../src/store/address.ts'
import { isSameDatabase, postgresAddress } from '../../../src/store/postgres-address.ts'

const remote = 'postgres://latchkey:hunter2@db.example.com/latchkey?sslmode=verify-full'

describe('an address of PostgreSQL', () => {
  test('is read with its user, its password and the usual port', () => {
    const address = postgresAddress('postgresql://latchkey:p%40ss%2Fword@127.0.0.1/store')
    expect(address).toMatchObject({ host: '127.0.0.1', port: 5432, database: 'store', user: 'latchkey' })
    expect(address.password?.reveal()).toBe('p@ss/word')
    expect(address.tls).toBeUndefined()
  })

  test('has a name without its password, and shows it nowhere', () => {
    const place = placeOf(remote)
    expect(storeName(place)).toBe('postgres://latchkey@db.example.com:5432/latchkey')
    expect(JSON.stringify(place)).not.toContain('hunter2')
  })

  test('off this machine is encrypted, and proves the server', () => {
    expect(storeFault(remote)).toBeUndefined()
    expect(postgresAddress(remote).tls).toEqual({})
    for (const mode of ['', '?sslmode=require', '?sslmode=disable', '?sslmode=no-verify', '?sslmode=verify-ca'])
      expect(storeFault(remote.replace(/\?.*/, mode))).toMatch(/^add \?sslmode=verify-full/)
  })

  test('on this machine may do without, but never half', () => {
    for (const host of ['127.0.0.1', '[::1]:6432', 'localhost'])
      expect(storeFault(`postgres://latchkey@${host}/latchkey`)).toBeUndefined()
    expect(storeFault('postgres://latchkey@localhost/latchkey?sslmode=require')).toMatch(/^add \?sslmode=verify-full/)
  })

  test('may name certificates by their whole path', () => {
    const files = '&sslrootcert=/etc/ca.pem&sslcert=/etc/client.pem&sslkey=/etc/client.key'
    expect(postgresAddress(remote + files).tls).toEqual({
      ...{ ca: '/etc/ca.pem', cert: '/etc/client.pem', key: '/etc/client.key' },
    })
    expect(postgresAddress(`${remote}&sslrootcert=system`).tls).toEqual({})
    expect(storeFault(`${remote}&sslrootcert=ca.pem`)).toBe('name files of certificates by their whole path')
    expect(storeFault(`${remote}&sslcert=/etc/client.pem`)).toBe('sslcert and sslkey belong together')
  })

  test('may lead to the socket in a folder', () => {
    const address = postgresAddress('postgres://latchkey@%2Frun%2Fpostgresql/latchkey')
    expect(address).toMatchObject({ host: '/run/postgresql', user: 'latchkey', database: 'latchkey' })
    expect(address.name).toBe('postgres://latchkey@%2Frun%2Fpostgresql:5432/latchkey')
  })

  test.each([
    ['no user', 'postgres://db.example.com/latchkey?sslmode=verify-full'],
    ['no database', 'postgres://latchkey:hunter2@db.example.com?sslmode=verify-full'],
    ['a password with a sign that is not written as %XX', 'postgres://latchkey:hunter2#1@localhost/latchkey'],
    ['no port but letters', 'postgres://latchkey:hunter2/1@localhost/latchkey'],
    ['another host in its options', 'postgres://latchkey:hunter2@localhost/latchkey?host=db.example.com'],
    ['an option twice', `${remote}&sslmode=disable`],
    ['an option that trusts anybody', `${remote}&ssl=no-verify`],
    ['several hosts', 'postgres://latchkey:hunter2@one.example.com,two.example.com/latchkey?sslmode=verify-full'],
  ])('with %s is refused, without a word of it', (_, address) => {
    const fault = storeFault(address)
    expect(fault).toBeDefined()
    expect(fault).not.toMatch(/hunter2|example\.com/)
    expect(() => placeOf(address)).toThrow(fault)
  })

  test('is the same database for the same user, whatever its options', () => {
    const plain = 'postgres://latchkey@db.example.com:5432/latchkey?sslmode=verify-full&sslrootcert=/etc/ca.pem'
    expect(isSameDatabase(postgresAddress(remote), postgresAddress(plain))).toBe(true)
    expect(isSameDatabase(postgresAddress(remote), postgresAddress(plain.replace('latchkey@', 'owner@')))).toBe(false)
  })
})

test('the files of this machine lie in their folder, and no path is made of an address', () => {
  const place = { server: postgresAddress(remote), folder: '/var/lib/latchkey' }
  expect([storeFolder(place), storeJournal(place)]).toEqual(['/var/lib/latchkey', '/var/lib/latchkey/latchkey.names'])
  expect([storeFolder(placeOf(remote)), storeJournal(placeOf(remote))]).toEqual([undefined, undefined])
  expect(absoluteStore(remote, '/etc')).toBe(remote)
})
