import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { decisionsFor } from '../../src/app/decisions-for.ts'
import type { Deps } from '../../src/app/deps.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// What waits for one person's decision, on the real store.

const { ada, grace, linus, at } = sample
let store: Store
let company: Company
let deps: Deps

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany()
  deps = latchkeyOf({ store, company, now: () => at(5), integrations: [sample.vault] })
  return () => store.close()
})

const shownTo = async (person: typeof ada) => (await decisionsFor(deps)(person)).shown.map(({ request }) => request.id)
const idsOf = (...loaded: readonly Loaded[]) => loaded.map(({ request }) => request.id)

test('an owner sees what waits for them, by their group or by name; nobody sees their own request', async () => {
  const byAda = await sample.submitted(store, { now: at(0) })
  const byLinus = await sample.submitted(store, { by: linus, now: at(1) })
  expect(await shownTo(grace)).toEqual(idsOf(byAda, byLinus))
  expect(await shownTo(linus)).toEqual(idsOf(byAda))
  expect(await shownTo(ada)).toEqual([])
})

test('it is whoever is in the group today', async () => {
  const { request } = await sample.submitted(store)
  company.groups.platform = ['linus']
  expect(await shownTo(grace)).toEqual([])
  company.groups.platform = ['grace']
  expect(await shownTo(grace)).toEqual([request.id])
})

test('what an owner has decided does not wait for them, while it waits for another one', async () => {
  const asked = await sample.submitted(store, { approvals: 2 })
  await sample.mustCommit(store, sample.approval(asked.request, grace))
  expect(await shownTo(grace)).toEqual([])
  expect(await shownTo(linus)).toEqual(idsOf(asked))
})

test('an owner of some items sees only these', async () => {
  const items = [sample.item('a'), sample.item('b')] as const
  await sample.submitted(store, { items, routes: ['group:platform', 'person:linus'] })
  expect((await decisionsFor(deps)(grace)).shown).toMatchObject([{ part: { items: [0] } }])
  expect((await decisionsFor(deps)(linus)).shown).toMatchObject([{ part: { items: [1] } }])
})

test('a request whose time has passed waits for nobody', async () => {
  await sample.submitted(store, { now: at(-600) })
  expect(await shownTo(grace)).toEqual([])
})

test('the most urgent ones are shown, though many others were decided by the reader already', async () => {
  for (let index = 0; index < 60; index += 1) {
    const done = await sample.submitted(store, { approvals: 2, now: at(0) })
    await sample.mustCommit(store, sample.approval(done.request, grace))
  }
  const waiting = []
  for (let index = 0; index < 9; index += 1) waiting.push(await sample.submitted(store, { now: at(1) }))
  const found = await decisionsFor(deps)(grace)
  expect(found.shown.map(({ request }) => request.id)).toEqual(idsOf(...waiting.slice(0, 8)))
  expect(found.hasMore).toBe(true)
})
