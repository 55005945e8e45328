import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { vaultNames } from '../../../src/connectors/vault/names.ts'
import { grantId, instanceId, personId } from '../../../src/domain/ids.ts'

const names = vaultNames('apono-', instanceId('i1'))
const others = [vaultNames('apono-', instanceId('i2')), vaultNames('other-', instanceId('i1'))]
const anyCodeUnit = fc.nat(0xffff).map((code) => String.fromCharCode(code))
const id = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$/)

describe('names at the vault', () => {
  test('have the documented form', () => {
    const fixed = vaultNames('apono-', instanceId('i1'), () => 'abcdefghijklmnop')
    expect(fixed.drawUser(personId('Jane.Doe@example'))).toBe('apono-i1-u-jane-doe-example-abcdefghijklmnop')
    expect(fixed.drawPolicy(grantId('g7'), 3)).toBe('apono-i1-g-g7-3-abcdefghijklmnop')
  })

  test('a user name is one the vault takes, is recognised, and is nobody else’s', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodeUnit }), (person) => {
        const name = names.drawUser(personId(person))
        expect(name).toMatch(/^\w(([\w-.]+)?\w)?$/)
        expect(name).toBe(name.toLowerCase())
        expect([names.ownsUser(name), names.ownsPolicy(name)]).toEqual([true, false])
        expect(others.some((other) => other.ownsUser(name))).toBe(false)
      }),
    )
  })

  test('a policy name leads back to its grant, is recognised, and is nobody else’s', () => {
    fc.assert(
      fc.property(id, fc.nat(), (grant, n) => {
        const name = names.drawPolicy(grantId(grant), n)
        expect(names.grantOf(name)).toBe(grant)
        expect([names.ownsUser(name), names.ownsPolicy(name)]).toEqual([false, true])
        expect(others.some((other) => other.ownsPolicy(name))).toBe(false)
      }),
    )
  })

  test('are never drawn twice', () => {
    const drawn = Array.from({ length: 1000 }, () => names.drawPolicy(grantId('g'), 0))
    expect(new Set(drawn).size).toBe(1000)
  })

  test.each(['apono-management', 'apono-i1-g-', 'apono-i1-u-jane', 'apono-i1-g-x-1-short', 'root', 'default', ''])(
    '%j is not ours',
    (name) => {
      expect([names.ownsPolicy(name), names.ownsUser(name), names.grantOf(name)]).toEqual([false, false, undefined])
    },
  )

  test.each([
    ['Apono-', 'i1'],
    ['apono-.*', 'i1'],
    ['', 'i1'],
    ['apono-', ''],
    ['apono-', 'i-1'],
  ])('prefix %j and instance %j are refused: foreign names would look ours', (prefix, instance) => {
    expect(() => vaultNames(prefix, instanceId(instance))).toThrow()
  })

  test('a grant id that would not survive in a policy name is a bug', () => {
    expect(() => names.drawPolicy(grantId('UPPER'), 0)).toThrow('UPPER')
  })
})
