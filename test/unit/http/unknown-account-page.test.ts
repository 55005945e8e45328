import { expect, test } from 'vitest'
import { issuerIdentity } from '../../../src/domain/sign-in.ts'
import { unknownAccountPage } from '../../../src/http/pages/sign-in-pages.ts'

const back = { href: '/fetch/a', form: 'f', what: 'link' } as const
const account = issuerIdentity('https://id.example.com', { sub: 'abc' })

test('the page for an unknown account names it, and the line of the people file where a chat has it too', async () => {
  const inTeams = { platform: 'teams', tenant: '1111', subject: '<2222>' } as const
  const text = String(await unknownAccountPage([account, inTeams], back))
  expect(text).toContain('<code>sub=abc</code>')
  expect(text).toContain('<dt>In the people file</dt><dd><code>teams: [1111/&lt;2222&gt;]</code></dd>')
  expect(String(await unknownAccountPage([account], back))).not.toContain('In the people file')
})
