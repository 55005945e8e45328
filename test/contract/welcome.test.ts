import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { skipWelcome, typingAt, welcome } from '../../src/app/open-home.ts'
import { platform } from '../../src/domain/platform.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// Who is welcomed at their first contact.

const { ada, grace, at } = sample
let store: Store
let deps: Deps

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  deps = latchkeyOf({ store, company: newCompany(), now: () => at(5), integrations: [sample.vault] })
  return () => store.close()
})

const welcomes = async () => {
  const { things } = await store.claimCards('slack', at(6), deps.settings.claim, 100)
  return things.flatMap((card) =>
    card.audience === 'notice' && card.notice.about === 'welcome' && card.recipient.to === 'person'
      ? [card.recipient.person]
      : [],
  )
}

test('somebody who comes for the first time is welcomed, once', async () => {
  await welcome(deps)(ada)
  await welcome(deps)(ada)
  expect(await welcomes()).toEqual([ada])
})

test('the welcome says how to ask by typing, also where a platform has no homes', () => {
  const teams = platform('teams')
  const typing = { command: '', shortcut: 'Press +.' }
  const unused = () => expect.fail('nobody is written to')
  const platforms = new Map([[teams, { name: teams, typing, post: unused, update: unused, admits: unused }]])
  const recipient = { to: 'person', person: ada, identity: { platform: teams, tenant: 't', subject: 'o' } } as const
  expect(typingAt({ platforms }, recipient)).toEqual({ typing })
  expect(typingAt({ platforms: new Map() }, recipient)).toEqual({})
})

test('somebody for whom something waits is not, now or later', async () => {
  const { request } = await sample.submitted(store)
  await welcome(deps)(grace)
  await sample.mustCommit(store, sample.approval(request, grace))
  await welcome(deps)(grace)
  expect(await welcomes()).toEqual([])
})

test('somebody whose first contact was a home or a button is not', async () => {
  await skipWelcome(deps)(ada)
  await welcome(deps)(ada)
  expect(await welcomes()).toEqual([])
})
