import { describe, expect, test } from 'vitest'
import { plainHttpFindings } from '../../../src/cli/doctor/vault.ts'

describe('doctor, about an address of a vault', () => {
  test('names plain http to another machine, with what it costs', () => {
    const found = plainHttpFindings('vault production', {
      internalUrl: 'http://vault.internal.example.com:8200',
      externalUrl: 'http://vault.example.com',
    })
    expect(found.map(({ what, state }) => [what, state])).toEqual([
      ['vault production: internalUrl', 'optional'],
      ['vault production: externalUrl', 'optional'],
    ])
    expect(found[0]?.found).toContain('the network between can read every token')
  })

  test.each(['https://vault.internal.example.com:8200', 'http://127.0.0.1:8200', 'http://[::1]:8200'])(
    'says nothing about %s',
    (internalUrl) => {
      expect(plainHttpFindings('vault production', { internalUrl, externalUrl: undefined })).toEqual([])
    },
  )
})
