import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { cancelRequest } from '../../src/app/cancel-request.ts'
import { cardView } from '../../src/app/card-view.ts'
import type { Deps } from '../../src/app/deps.ts'
import type { NewCard, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { latchkeyOf, newCompany, slackOf } from '../support/company.ts'
import * as sample from './store-samples.ts'

const { ada, grace, linus, at } = sample
const message = { conversation: 'D-grace', message: '1' }

let store: Store
let deps: Deps
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  deps = latchkeyOf({ store, company: newCompany(), now: () => at(5), integrations: [sample.vault] })
})
afterEach(() => store.close())

const shownToGrace = async () => {
  const { request } = await sample.submitted(store)
  const recipient = { to: 'person', person: grace, identity: slackOf('grace') } as const
  const card: NewCard = sample.card({ request: request.id, recipient })
  await store.addCards([card])
  const show = () => store.recordCard(card.id, { kind: 'rendered', revision: 1, message })
  return { request, card, show }
}
const lookAt = async (...of: Parameters<ReturnType<typeof cardView>>) => {
  const view = await cardView(deps)(...of)
  return view.ok ? plainText(view.value.headline ?? []) : view.refusal.code
}

test('whoever a card is for sees it as the rows say now, and nothing is written', async () => {
  const { request, card, show } = await shownToGrace()
  await show()
  expect(await lookAt(card.id, message, grace)).toContain('Please decide')
  await cancelRequest(deps)(request.id, ada)
  const before = (await store.auditRows(0, 99)).length
  expect(await lookAt(card.id, message, grace)).toContain('cancelled')
  expect((await store.auditRows(0, 99)).length).toBe(before)
})

test('nobody else sees it, and nobody sees a card that is not in that message', async () => {
  const { card, show } = await shownToGrace()
  expect(await lookAt(card.id, message, grace)).toBe('foreign-message')
  await show()
  expect(await lookAt(card.id, message, linus)).toBe('foreign-message')
  expect(await lookAt(card.id, { ...message, message: '2' }, grace)).toBe('foreign-message')
  expect(await lookAt(card.id, { ...message, conversation: 'D-linus' }, grace)).toBe('foreign-message')
})
