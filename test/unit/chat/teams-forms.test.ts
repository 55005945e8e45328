import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeForm } from '../../../src/chat/conversation/codec.ts'
import { readBack, readPress } from '../../../src/chat/teams/cards/actions.ts'
import {
  asksMore,
  fieldsOf,
  hasChanged,
  readForm,
  saysMore,
  valuesOf,
} from '../../../src/chat/teams/cards/form-data.ts'
import { toChoices, toDialog, toFormInPlace, withErrors } from '../../../src/chat/teams/cards/render-form.ts'
import { cardId, resourceId } from '../../../src/domain/ids.ts'
import { confirmForm } from '../../../src/views/confirm-form.ts'
import { type RequestFormState, requestForm } from '../../../src/views/forms.ts'
import { context, pending } from '../views/subjects.ts'
import { allOf, buttonsOf, faultsOf, linesOf } from './teams-cards.ts'

const { integration } = context('owner')
if (!integration) throw new Error('the context has an integration')
const resource = { type: 'secret', path: 'kv/apps/db', permissions: ['read'], integration: integration.id } as never
const chosen = (...ids: string[]) =>
  ids.map((id) => ({ resource: { ...(resource as object), id: resourceId(id) } as never }))
const wish = (more: Partial<RequestFormState> = {}) =>
  requestForm({ draft: 'd1', integrations: [integration], integration, ...more })

/** What Teams returns when a person fills in these inputs and presses the button. */
const submittedBy = (dialog: ReturnType<typeof toDialog>, button: string, inputs: Record<string, string>) => {
  const pressed = buttonsOf(dialog.card.content).find(({ title }) => title === button)
  if (pressed?.type !== 'Action.Submit') throw new Error(`No button "${button}" to send`)
  const filled = [...allOf(dialog.card.content, 'Input.Text'), ...allOf(dialog.card.content, 'Input.ChoiceSet')]
  const values = Object.fromEntries(filled.map(({ id, value }) => [id, value ?? '']))
  const read = readForm({ ...pressed.data, ...values, ...inputs })
  if (!read) throw new Error('not a form')
  return read
}

describe('a dialog', () => {
  test('returns its form, its conversation and what was filled in', () => {
    const read = submittedBy(toDialog(wish(), { conversation: '19:c@thread.tacv2' }), 'Send request', {
      'resource:main-vault': 'r1,r2',
      'duration:main-vault': '1800',
      reason: 'one, two',
    })
    expect(decodeForm(read.payload)).toEqual({
      command: { form: 'request', draft: 'd1' },
      conversation: '19:c@thread.tacv2',
    })
    expect(read.act).toBe('send')
    expect(read.fields).toEqual([
      { name: 'resource', scope: 'main-vault', values: ['r1', 'r2'] },
      { name: 'duration', scope: 'main-vault', values: ['1800'] },
      { name: 'reason', values: ['one, two'] },
    ])
  })

  test('returns every input, also the empty one that a client left out', () => {
    const pressed = buttonsOf(toDialog(wish()).card.content).find(({ title }) => title === 'Send request')
    if (pressed?.type !== 'Action.Submit') throw new Error('no button to send')
    expect(readForm({ ...pressed.data })?.fields).toEqual([
      { name: 'resource', scope: 'main-vault', values: [] },
      { name: 'duration', scope: 'main-vault', values: [] },
      { name: 'reason', values: [] },
    ])
  })

  test('shows the choice of a person first, then others, and no more than Teams shows', () => {
    const others = Array.from({ length: 30 }, (_, index) => ({ label: `kv/${index}`, value: `r${index}` }))
    const dialog = toDialog(wish({ chosen: chosen('r7') }), { choices: { 'resource:main-vault': others } })
    const menu = allOf(dialog.card.content, 'Input.ChoiceSet').find(({ id }) => id === 'resource:main-vault')
    expect(menu).toMatchObject({ value: 'r7', style: 'filtered', isMultiSelect: true })
    const values = (menu?.choices as { value: string }[] | undefined)?.map(({ value }) => value)
    expect([values?.length, values?.[0], values?.[1]]).toEqual([15, 'r7', 'r0'])
  })

  test('is drawn again by its own button, with the words to search for', () => {
    const read = submittedBy(toDialog(wish()), 'Show choices', { search: ' orders ' })
    expect([read.act, read.search]).toEqual(['update', 'orders'])
  })

  test('says that a search found nothing', () => {
    const { content } = toDialog(wish(), { choices: { 'resource:main-vault': [] }, search: 'zzz' }).card
    const menu = allOf(content, 'Input.ChoiceSet').find(({ id }) => id === 'resource:main-vault')
    expect(menu).toMatchObject({
      placeholder: 'Nothing that you may ask for was found',
      choices: [{ title: 'Nothing that you may ask for was found' }],
    })
  })

  test('says which words may be left out', () => {
    const note = { kind: 'paragraph', name: 'note', label: 'Note', min: 0, max: 500 } as const
    const { content } = toDialog({
      ...wish(),
      inputs: [note, { ...note, name: 'reason', label: 'Reason', min: 5 }],
    }).card
    expect(allOf(content, 'Input.Text').map(({ label }) => label)).toEqual(['Note (optional)', 'Reason'])
  })

  test('shows what a search found as the whole menu, and keeps the words', () => {
    const found = [{ label: 'kv/apps/orders', value: 'r9' }]
    const { content } = toDialog(wish(), { choices: { 'resource:main-vault': found }, search: 'orders' }).card
    const menu = allOf(content, 'Input.ChoiceSet').find(({ id }) => id === 'resource:main-vault')
    expect(menu).toMatchObject({
      choices: [{ title: 'kv/apps/orders', value: 'r9' }],
      placeholder: 'Pick what was found',
    })
    expect(menu).not.toHaveProperty(['choices.data'])
    expect(allOf(content, 'Input.Text').find(({ id }) => id === 'search')?.value).toBe('orders')
    expect(faultsOf(content)).toEqual([])
  })

  test('notices a choice on which other fields depend', () => {
    const dialog = toDialog(wish({ chosen: chosen('r1', 'r2') }))
    const after = (choice: string) => submittedBy(dialog, 'Send request', { 'resource:main-vault': choice })
    expect(['r1,r2', 'r2,r1', 'r1', '', 'r1,r2,r3'].map((choice) => hasChanged(after(choice)))).toEqual([
      ...[false, false, true, true, true],
    ])
  })

  test('says whether the same form, drawn again, could be sent at once', () => {
    const before = submittedBy(toDialog(wish()), 'Send request', {})
    const complete = wish({ chosen: chosen('r1'), reason: 'debug payments' })
    expect([asksMore(complete, before), saysMore(complete, before)]).toEqual([false, false])
    expect(valuesOf(complete).map(({ name, values }) => [name, ...values])).toEqual([
      ['resource', 'r1'],
      ['permission', 'read'],
      ['duration', '1800'],
      ['reason', 'debug payments'],
    ])
    // The reason was asked for before, so that its error says what is missing; a permission to choose was not.
    expect(asksMore(wish({ chosen: chosen('r1') }), before)).toBe(false)
    const several = chosen('r1').map((one) => ({
      resource: { ...(one.resource as object), permissions: ['read', 'write'] } as never,
    }))
    expect(asksMore(wish({ chosen: several, reason: 'debug payments' }), before)).toBe(true)
    const warned = chosen('r1').map((one) => ({ ...one, caveats: ['all-deleted'] as const }))
    expect(saysMore(wish({ chosen: warned, reason: 'debug payments' }), before)).toBe(true)
  })

  test('shows each error below its input, and says in the label that there is one', () => {
    const errors = [{ field: { name: 'reason' as const }, sentence: 'Say why.' }]
    const { content } = toDialog(withErrors(wish(), errors)).card
    expect(linesOf(content)).toContain('⚠ Say why.')
    expect(allOf(content, 'Input.Text').map(({ label }) => label)).toContain('Why (please check)')
    const elsewhere = withErrors(wish(), [{ field: { name: 'note' }, sentence: 'Not so.' }])
    expect(elsewhere.inputs[0]?.error).toBe('Not so.')
    const field = { name: 'resource', scope: 'main-vault' } as const
    const both = withErrors(wish(), [
      { field, sentence: 'Pick one.' },
      { field, sentence: 'Pick what to do with it.' },
    ])
    expect(both.inputs[0]?.error).toBe('Pick one.')
  })
})

test('a form in place of a message is sent by its button, or left to see the message again', () => {
  const ask = confirmForm({ do: 'deny', request: pending.id }, { request: pending }, context('owner'))
  const card = toFormInPlace(ask, { back: { card: cardId('c1') } })
  expect(faultsOf(card)).toEqual([])
  const [deny, notNow] = buttonsOf(card)
  expect([deny?.title, notNow?.title]).toEqual(['Deny', 'Not now'])
  if (deny?.type !== 'Action.Execute' || notNow?.type !== 'Action.Execute') throw new Error('not universal actions')
  expect(readForm({ ...deny.data, note: 'no, never' })).toMatchObject({
    act: 'send',
    fields: [{ name: 'note', values: ['no, never'] }],
  })
  expect(readBack(notNow.data)).toEqual({ card: 'c1' })
  expect([deny.fallback?.data, notNow.fallback?.data]).toEqual([deny.data, notNow.data])
})

test('data with more fields than any form has is no form, because comparing them would hold up everybody', () => {
  const { data } = buttonsOf(toDialog(wish()).card.content).find(({ title }) => title === 'Send request') as {
    data: object
  }
  const many = (name: string) => Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`${name}:${at}`, 'x']))
  expect(readForm({ ...data })).toBeDefined()
  expect(readForm({ ...data, ...many('reason') })).toBeUndefined()
  expect(readForm({ ...data, shown: many('resource') })).toBeUndefined()
})

test('a choice has as many values as a menu has entries', () => {
  const ids = Array.from({ length: 1_000 }, (_, at) => `r${at}`).join(',')
  expect(fieldsOf({ 'resource:main-vault': ids })[0]?.values).toHaveLength(100)
})

test('data that no present version made is nobody’s, and reading it never fails', () => {
  for (const data of [undefined, null, '', 'x', 7, [], {}, { press: 7 }, { form: '' }, { card: '' }]) {
    expect([readPress(data), readForm(data), readBack(data)]).toEqual([undefined, undefined, undefined])
  }
  fc.assert(
    fc.property(fc.anything(), (data) => {
      readPress(data)
      readForm(data)
      readBack(data)
    }),
  )
})

test('entries of a menu are told apart, each with its hint', () => {
  const path = (stage: string) => `kv/${'team/'.repeat(20)}${stage}/${'service/'.repeat(12)}password`
  const entries = toChoices(['staging', 'live'].map((stage) => ({ label: path(stage), value: stage, hint: 'secret' })))
  expect(entries.map(({ title, value }) => title.includes(`/${value}/`) && title.endsWith(' · secret'))).toEqual([
    true,
    true,
  ])
})
