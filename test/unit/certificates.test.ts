import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readCertificates } from '../../src/certificates.ts'

const file = (text: string): string => {
  const path = join(mkdtempSync(join(tmpdir(), 'certificates-')), 'ca.pem')
  writeFileSync(path, text)
  return path
}

test('authorities are what the file holds', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
  expect(readCertificates(file(pem))).toBe(pem)
})

test('a file that was cut short never widens trust to the authorities that Node knows', () => {
  expect(() => readCertificates(file(''))).toThrow(/has no certificates in it: put the authority/)
})

test('a file that is not there is named, with what to check', () => {
  expect(() => readCertificates('/nowhere/ca.pem')).toThrow(
    /\/nowhere\/ca\.pem cannot be read: there is no such file; correct caFile/,
  )
})
