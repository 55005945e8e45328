import { expect, test } from 'vitest'
import { settingsIn } from '../../src/config/settings.ts'
import { configurationChanged } from '../../src/domain/configuration.ts'
import { timestamp } from '../../src/domain/time.ts'

const file = (more: object = {}, vault: object = {}) => ({
  link: { baseUrl: 'https://latchkey.example' },
  integrations: [
    { name: 'staging', durations: ['15m'] },
    {
      name: 'production',
      durations: ['15m', '1h'],
      vault: { management: [{ path: 'kv/apps/', permissions: ['Admin'] }], ...vault },
    },
  ],
  ...more,
})
const at = timestamp(7)
const changes = (before: object, now: object) => {
  const [old, current] = [settingsIn(before, JSON.stringify(before)), settingsIn(now, JSON.stringify(now))]
  return configurationChanged(current, at)(old).detail.changes
}

test('a changed configuration is told key by key, with what it was and what it is', () => {
  const now = file({ keep: '60d' }, { management: [] })
  now.integrations.shift()
  expect(changes(file(), now)).toBe(
    [
      'integrations.production.vault.management added: ',
      'integrations.production.vault.management.kv/apps/.path removed: kv/apps/',
      'integrations.production.vault.management.kv/apps/.permissions removed: Admin',
      'integrations.staging.durations removed: 15m',
      'integrations.staging.name removed: staging',
      'keep added: 60d',
    ].join('; '),
  )
})

test('an integration is found by its name, wherever it stands', () => {
  const turned = file()
  turned.integrations.reverse()
  expect(changes(file(), turned)).toBe('no setting')
})

test('of an address only its origin is told, and that the rest changed', () => {
  const told = String(
    changes(
      file(
        { audit: { webhook: { url: 'https://hooks.example/T0/secret-a' } } },
        { proxy: 'http://al:pw@proxy.example' },
      ),
      file(
        { audit: { webhook: { url: 'https://hooks.example/T0/secret-b' } } },
        { credentials: { roleId: 'half-a-login' } },
      ),
    ),
  )
  expect(told).toMatch(
    /audit\.webhook\.url: https:\/\/hooks\.example\/… \(sha256 \w{12}\) → https:\/\/hooks\.example\/… \(sha256 \w{12}\)/,
  )
  expect(told).toContain('vault.proxy removed: http://proxy.example/…')
  expect(told).not.toMatch(/secret|pw@|half-a-login/)
  expect(changes(file(), file({ link: { baseUrl: 'https://other.example' } }))).toBe(
    'link.baseUrl: https://latchkey.example → https://other.example',
  )
})

test('the first configuration is noted as such, and a very long change is cut', () => {
  const first = settingsIn(file(), 'text')
  expect(configurationChanged(first, at)(undefined).detail).toEqual({
    hash: first.hash,
    changes: 'noted for the first time',
  })
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, 'x'.repeat(500)]))
  const told = String(changes({}, many))
  expect(told).toMatch(/; and 10 more$/)
  expect(told.length).toBeLessThan(10_000)
})
