import { expect, test } from 'vitest'
import { pastedSecret } from '../../../src/domain/pasted-secret.ts'

const letters = 'aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA'
const pem = (kind: string) => `-----BEGIN ${kind}PRIVATE KEY-----\nMIIE`

test.each([
  ['private-key', pem('')],
  ['private-key', pem('RSA ')],
  ['private-key', pem('OPENSSH ')],
  ['token', `I use hvs.${letters} now`],
  ['token', `hvb.${letters}`],
  ['token', `s.${letters.slice(0, 24)}`],
  ['token', `ghp_${letters}${letters.slice(0, 4)}`],
  ['token', `glpat-${letters.slice(0, 20)}`],
  ['token', `xoxb-${letters.slice(0, 12)}`],
  ['token', `eyJ${letters}.eyJ${letters}.${letters}`],
  ['cloud-key', 'AKIAABCDEFGHIJKLMNOP is refused'],
  ['password', 'postgres://app:tr0ub4dor@db.internal/orders does not answer'],
  ['password', 'password: tr0ub4dor&3correct'],
  ['password', 'API_KEY=0123456789abcdef'],
  ['password', 'Passwort: Geheim12345'],
  ['token', `sk-proj-${letters}`],
  ['random', `the value is ${letters}, see?`],
  ['random', `${letters}${letters}==`],
])('%s is seen in "%s"', (kind, text) => {
  expect(pastedSecret(text)).toBe(kind)
})

test.each([
  'The queue is stuck.',
  'OPS-1234: rotate the password of the orders database',
  'password: rotation is due since Monday',
  'token: see OPS-12345',
  'Deploy of 3f2a9c1b8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a failed',
  'kv/apps/orders/database holds a stale value',
  'https://docs.example/d/1aB3dE6gH9jK2mN5pQ8rS1tU4vW7xY0zA/edit says how',
  'b0a1c2d3-e4f5-6789-abcd-ef0123456789 is the incident',
  'Secrets are read by the pod orders-7d9f8b6c5-x2x4z',
  '数据库没有响应，需要查看连接设置。',
])('nothing is seen in "%s"', (text) => {
  expect(pastedSecret(text)).toBeUndefined()
})

test('a text that is too long for a reason is not searched to its end', () => {
  expect(pastedSecret(`${'word '.repeat(300)}hvs.${letters}`)).toBeUndefined()
})
