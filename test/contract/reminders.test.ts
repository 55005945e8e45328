import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { Deps } from '../../src/app/deps.ts'
import { mayRemind, remindOwners } from '../../src/app/remind-owners.ts'
import type { Timestamp } from '../../src/domain/time.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// A requester reminds the owners, on the real store.

const { ada, grace, linus, at } = sample
let file: string
let store: Store
let company: Company
let now: Timestamp
let deps: Deps
let asked: Loaded

const open = async () => {
  store = await openStore(file, { newId: randomUUID })
  deps = latchkeyOf({ store, company, now: () => now, integrations: [sample.vault] })
}

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-reminders-'))
  file = join(folder, 'latchkey.db')
  company = newCompany()
  now = at(5)
  await open()
  const integration = { ...sample.vault, decideWithin: 7_200 as typeof sample.vault.decideWithin }
  asked = await sample.submitted(store, { integration })
  return async () => {
    await store.close()
    rmSync(folder, { recursive: true })
  }
})

const remind = (by = ada) => remindOwners(deps)(asked.request.id, by)
const remindersFor = async () =>
  (await store.cardsOf(asked.request.id)).flatMap((card) =>
    card.audience === 'notice' && card.notice.about === 'reminder' && card.recipient.to === 'person'
      ? [card.recipient.person]
      : [],
  )
const audited = async () => (await store.auditRows(0, 99)).filter(({ kind }) => kind === 'request-reminded')

test('everybody who can decide gets a new message, and the audit log names them', async () => {
  expect(await remind()).toMatchObject({ ok: true })
  expect((await remindersFor()).sort()).toEqual([grace, linus])
  expect(await audited()).toMatchObject([{ actor: { id: ada }, detail: { people: 'grace linus', count: 2 } }])
})

test('an owner who has decided is left alone', async () => {
  asked = await sample.submitted(store, { approvals: 2 })
  await sample.mustCommit(store, sample.approval(asked.request, grace))
  await remind()
  expect(await remindersFor()).toEqual([linus])
})

test('the quarter of an hour outlives a restart', async () => {
  await remind()
  await store.close()
  await open()
  now = at(904)
  const refused = { ok: false, refusal: { code: 'reminded-lately', again: at(905) } }
  expect(await mayRemind(deps)(asked.request.id, ada)).toEqual(refused)
  expect(await remind()).toEqual(refused)
  now = at(905)
  expect(await mayRemind(deps)(asked.request.id, ada)).toMatchObject({ ok: true })
  expect(await remind()).toMatchObject({ ok: true })
  expect(await audited()).toHaveLength(2)
})

test('of many presses at one instant, one reminds', async () => {
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => remind()))
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
  expect((await remindersFor()).sort()).toEqual([grace, linus])
})

test('nobody but the requester reminds, and nothing is written for others', async () => {
  expect(await remind(linus)).toEqual({ ok: false, refusal: { code: 'not-the-requester' } })
  expect(await remindersFor()).toEqual([])
})

test('where no owner has an account, the requester is told so', async () => {
  company.groups.platform = []
  company.people = ['ada']
  expect(await remind()).toEqual({ ok: false, refusal: { code: 'nobody-to-remind' } })
})

test('whoever has many open requests reminds of two in a quarter of an hour, also with presses at one instant', async () => {
  const patient = { ...sample.vault, decideWithin: 7_200 as typeof sample.vault.decideWithin }
  const open = await Promise.all(Array.from({ length: 20 }, () => sample.submitted(store, { integration: patient })))
  const useCase = remindOwners(deps)
  const outcomes = await Promise.all(open.map(({ request }) => useCase(request.id, ada)))
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(2)
  const refused = { ok: false, refusal: { code: 'reminded-lately', again: at(905) } }
  expect(outcomes.filter(({ ok }) => !ok)).toEqual(Array.from({ length: 18 }, () => refused))
  const [next] = open.filter((_, index) => !outcomes[index]?.ok)
  const another = next?.request.id ?? asked.request.id
  expect(await mayRemind(deps)(another, ada)).toEqual(refused)
  now = at(905)
  expect(await useCase(another, ada)).toMatchObject({ ok: true })
})
