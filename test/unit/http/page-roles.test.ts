import { expect, test } from 'vitest'
import { needsOf, refuseUnknownPages } from '../../../src/http/page-roles.ts'

test('a page has the needs of the closest entry, and one without any stops the start', () => {
  expect(needsOf('/access/operators/end')).toEqual(['operate'])
  expect(needsOf('/access/operators')).toEqual(['read', 'operate', 'audit'])
  expect(needsOf('/access/requests/:id')).toBe('its person')
  expect(needsOf('/fetch/:nonce')).toBe('its link')
  expect(needsOf('/accessory')).toBeUndefined()
  refuseUnknownPages([{ path: '/*' }, { path: '/api/v1/requests' }, { path: '/fetch/:nonce' }])
  expect(() => refuseUnknownPages([{ path: '/debug' }])).toThrow('/debug has no entry')
})
