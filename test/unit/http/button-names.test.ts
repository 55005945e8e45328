import { expect, it } from 'vitest'
import type { Grant } from '../../../src/domain/grant.ts'
import { grantId, integrationId, requestId } from '../../../src/domain/ids.ts'
import { after, seconds } from '../../../src/domain/time.ts'
import { giveBackButton, newLinkButton, openAccessButton } from '../../../src/http/pages/layout.ts'
import { giveBackAction, linkAction, openAccessAction } from '../../../src/views/card-actions.ts'
import { anItem, noon, plan, requester } from '../../support/builders.ts'

const grant: Grant = {
  id: grantId('grant'),
  request: requestId('request'),
  person: requester,
  integration: integrationId('production'),
  items: [anItem()],
  duration: seconds(3_600),
  plan,
  attempts: 0,
  state: 'active',
  since: noon,
  expiresAt: after(noon, seconds(3_600)),
}

it('the page calls the chat’s buttons what the chat calls them', async () => {
  expect(String(await newLinkButton)).toBe(`<b>${linkAction(grant).label}</b>`)
  expect(String(await openAccessButton)).toBe(`<b>${openAccessAction('https://latchkey.example.com').label}</b>`)
  expect(String(await giveBackButton)).toBe(`<b>${giveBackAction(grant).label}</b>`)
})
