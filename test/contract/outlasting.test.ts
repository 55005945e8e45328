import { randomUUID } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { contextFor } from '../../src/app/card-content.ts'
import { mayDecide } from '../../src/app/decide-request.ts'
import type { Deps } from '../../src/app/deps.ts'
import { outlastingBy } from '../../src/app/outlasting.ts'
import { mayEnd } from '../../src/app/revoke-grant.ts'
import type { Audience } from '../../src/domain/card.ts'
import { type PersonId, resourceId } from '../../src/domain/ids.ts'
import type { Outcome } from '../../src/domain/refusal.ts'
import type { Item, Resource } from '../../src/domain/resource.ts'
import { requestShape } from '../../src/http/api/shapes/request.ts'
import type { Loaded, Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { requestCard } from '../../src/views/cards.ts'
import { confirmForm } from '../../src/views/confirm-form.ts'
import { plainText } from '../../src/views/copy-time.ts'
import { requestForm } from '../../src/views/forms.ts'
import type { Deciding } from '../../src/views/request-items.ts'
import type { ChangeCommand, Text } from '../../src/views/view-model.ts'
import { latchkeyOf, newCompany } from '../support/company.ts'
import * as sample from './store-samples.ts'

// A certificate outlasts its access. Everybody reads that where they ask, approve, use or end it.

const { ada, grace, linus, at, vault } = sample
const signing =
  'A certificate that was signed before the end lets its holder in for up to 10 minutes after it. Sessions that are open then stay open.'
const issuing = 'The role makes certificates that the end does not revoke: they last up to 10 minutes more.'

const item = (type: string, path: string, permission: string): Item => ({
  ...{ resource: resourceId(path), type, path, permission },
})
const items: readonly [Item, ...Item[]] = [
  item('ssh', 'ssh/prod/deploy', 'sign'),
  item('pki', 'pki/batch', 'issue-unrevoked'),
  item('secret', 'kv/apps/db', 'read'),
]

let store: Store
let deps: Deps
beforeEach(async () => {
  store = await openStore(':memory:', { newId: randomUUID })
  const scope = { sshMounts: ['ssh'], pkiMounts: ['pki'] }
  deps = latchkeyOf({ store, company: newCompany(), now: () => at(5), integrations: [vault], scope })
})
afterEach(() => store.close())

/** Which of the sentences the notes say. */
const said = (notes: readonly Text[] = []) => notes.map(plainText).filter((one) => one === signing || one === issuing)
const cardOf = async (loaded: Loaded, audience: Audience, reader: PersonId) => {
  const context = await contextFor(deps, loaded, reader, 'without-caveats')
  return said(requestCard(loaded, { ...context, audience }).notes)
}

test('in the form, as soon as something is chosen, and for each program', async () => {
  const shown = (chosen: readonly Item[]) => {
    const resources = chosen.map(({ resource: id, permission, ...rest }): Resource => {
      return { ...rest, id, integration: vault.id, permissions: [permission], seenAt: at(0) }
    })
    const all = resources.map((resource) => ({ resource, outlasts: outlastingBy(deps)(resource) }))
    return said(requestForm({ draft: 'd', integrations: [vault], integration: vault, chosen: all }).notes)
  }
  expect([shown(items), shown(items.slice(2)), shown([])]).toEqual([[signing, issuing], [], []])
  const { outlasts } = requestShape({ deps }, await sample.submitted(store, { items }))
  expect(outlasts).toEqual([signing, issuing])
})

test('on the cards before the approval, and while it lasts', async () => {
  const pending = await sample.submitted(store, { items })
  expect(await cardOf(pending, 'owner', grace)).toEqual([signing, issuing])
  expect(await cardOf(pending, 'requester', ada)).toEqual([signing, issuing])
  const active = await sample.activated(store, { items, by: linus })
  expect(await cardOf(active, 'access', linus)).toEqual([signing, issuing])
})

test('on the cards after the end', async () => {
  const ended = await sample.ended(store, { items })
  expect(await cardOf(ended, 'access', ada)).toEqual([signing, issuing])
  expect(await cardOf(ended, 'owner', grace)).toEqual([signing, issuing])
})

test('in the dialogs of an approval and of an end', async () => {
  const pending = await sample.submitted(store, { items, routes: items.map(() => 'group:platform') })
  const { nameOf } = await contextFor(deps, pending, grace, 'without-caveats')
  const asks = (change: ChangeCommand, subject: Outcome<Deciding>) => {
    if (!subject.ok) throw new Error(subject.refusal.code)
    return said(confirmForm(change, subject.value, { nameOf }).notes)
  }
  const { id } = pending.request
  const approving = asks({ do: 'approve', request: id }, await mayDecide(deps)(id, grace, 'approve'))
  const { grant } = await sample.activated(store, { items, by: linus })
  if (!grant) throw new Error('no access')
  const revoking = asks({ do: 'revoke', grant: grant.id }, await mayEnd(deps)(grant.id, grace))
  const returning = asks({ do: 'give-back', grant: grant.id }, await mayEnd(deps)(grant.id, linus))
  expect([approving, revoking, returning]).toEqual([
    [signing, issuing],
    [signing, issuing],
    [signing, issuing],
  ])
})
