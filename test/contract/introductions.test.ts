import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { askAdministrators, askedAdministrators, requesterGroups } from '../../src/app/ask-administrators.ts'
import type { Deps } from '../../src/app/deps.ts'
import { isKeyTaken } from '../../src/app/key-taken.ts'
import { mostIntroductions } from '../../src/domain/introductions.ts'
import type { Timestamp } from '../../src/domain/time.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { type Company, latchkeyOf, newCompany, slackOf } from '../support/company.ts'
import * as sample from './store-samples.ts'

// Somebody who may request nothing asks the owners of the integrations, on the real store.

const { at, ada, grace } = sample
const day = 86_400
let store: Store
let company: Company
let now: Timestamp
let deps: Deps

beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  company = newCompany()
  now = at(0)
  deps = latchkeyOf({ store, company, now: () => now, integrations: [sample.vault, sample.otherVault] })
  return () => store.close()
})

const ask = (who = 'new') =>
  askAdministrators(deps)({
    identity: slackOf(who),
    name: 'New One',
    lines: ['people:'],
    command: 'latchkey people add',
  })
const sent = async () => {
  const { things } = await store.claimCards('slack', at(9_999_999), sample.vault.decideWithin, 99)
  return things.flatMap(({ recipient }) => (recipient.to === 'person' ? [recipient.person] : []))
}

test('the owners of all integrations get the lines, each once, and the audit log names them', async () => {
  expect(await ask()).toEqual({ ok: true, value: [grace] })
  expect(await sent()).toEqual([grace])
  expect(await store.auditRows(0, 9)).toMatchObject([
    {
      kind: 'administrators-asked',
      actor: { kind: 'stranger', subject: 'U-new' },
      detail: { people: 'grace', count: 1 },
    },
  ])
  expect(await askedAdministrators(deps)(slackOf('new'))).toEqual({ at: now, people: [grace] })
})

test('an account asks once a day, also when it presses many times at once', async () => {
  const outcomes = await Promise.all(Array.from({ length: 5 }, () => ask()))
  expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
  expect(await sent()).toEqual([grace])
  now = at(day - 1)
  expect(await ask()).toEqual({ ok: false, refusal: { code: 'introduced-lately', again: at(day) } })
  now = at(day)
  expect((await askedAdministrators(deps)(slackOf('new'))).at).toBeUndefined()
  expect(await ask()).toMatchObject({ ok: true })
})

test('a crowd of accounts cannot flood the administrators', async () => {
  for (let index = 0; index < mostIntroductions; index += 1) await ask(`new-${index}`)
  expect(await ask('one-more')).toEqual({ ok: false, refusal: { code: 'too-many-introductions', again: at(day) } })
  expect(await sent()).toHaveLength(mostIntroductions)
})

test('where no owner has an account, nothing is sent', async () => {
  company.people = ['ada']
  expect(await ask()).toEqual({ ok: false, refusal: { code: 'no-administrator' } })
})

test('nobody is asked to let themselves in', async () => {
  company.groups.platform = ['ada']
  expect((await askedAdministrators(deps)(slackOf('ada'), ada)).people).toEqual([])
})

test('the groups are those that may request', () => {
  expect(requesterGroups(deps)()).toEqual(['engineering'])
})

test('a key that the configuration or a row still names is taken, though its person has left the people file', async () => {
  const isTaken = isKeyTaken(deps)
  expect(await isTaken('ada')).toBe(true)
  company.people = []
  expect(await isTaken('ada')).toBe(false)
  await sample.submitted(store)
  expect(await isTaken('ada')).toBe(true)
  const pinned = [{ path: 'kv/root', owner: 'person:bob' }] as const
  const rules = { key: 'owner', allow: ['person:carol'] as const, pinned }
  deps = latchkeyOf({
    ...{ store, company, now: () => now },
    integrations: [{ ...sample.vault, requesters: ['person:dan'], owners: ['person:erin'], resourceOwner: rules }],
  })
  for (const key of ['bob', 'carol', 'dan', 'erin']) expect(await isKeyTaken(deps)(key)).toBe(true)
  expect(await isKeyTaken(deps)('frank')).toBe(false)
})
