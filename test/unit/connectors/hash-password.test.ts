import { compare } from 'bcryptjs'
import { expect, test } from 'vitest'
import { passwordHasher } from '../../../src/connectors/vault/hash-password.ts'
import { secret } from '../../../src/domain/secret.ts'

const absent = () => Promise.reject(new Error('Cannot find native binding.'))

test.each([
  ['with the native library', undefined],
  ['where it has no build for the machine', absent],
])('a hash opens for its password alone, at the asked cost: %s', async (_, native) => {
  const hash = await passwordHasher(native)(secret('an example password'), 5)
  expect(hash).toMatch(/^\$2b\$05\$/)
  expect([await compare('an example password', hash), await compare('another password', hash)]).toEqual([true, false])
})

test('the native library is here, so that these tests are about both', async () => {
  expect((await import('@node-rs/bcrypt')).hash).toBeTypeOf('function')
})
