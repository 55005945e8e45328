import { describe, expect, test } from 'vitest'
import { type CardPlace, checkedCard } from '../../../src/simulator/teams/card-rules.ts'
import { cardText } from '../../../src/simulator/teams/visible-text.ts'
import { card, textBlock } from './teams-bot.ts'

const complaintOf = (json: unknown, place: CardPlace = 'message'): string => {
  try {
    checkedCard(json, place)
    return ''
  } catch (error) {
    return String(error)
  }
}
const execute = { type: 'Action.Execute', title: 'Go', verb: 'press', data: {} }
const submit = { type: 'Action.Submit', title: 'Go', data: {} }
const menu = { type: 'Input.ChoiceSet', id: 'what', choices: [{ title: 'a', value: 'a' }] }
const withInput = (input: object) => card([input])
const withAction = (action: object) => card([textBlock('x')], { actions: [action] })

describe('a card is refused', () => {
  test.each<[string, unknown, string]>([
    ['that is no object', 'card', 'a card is an object'],
    ['without a version', { type: 'AdaptiveCard', body: [] }, 'version'],
    ['of a version that no client knows', { ...card([]), version: '1.9' }, 'above 1.6'],
    ['of version 1.3 with an Execute', { ...withAction(execute), version: '1.3' }, 'need 1.4 or later'],
    [
      'of version 1.3 with a refresh',
      { ...card([], { refresh: { action: execute } }), version: '1.3' },
      'need 1.4 or later',
    ],
    [
      'that refreshes for 61 people',
      card([], { refresh: { action: execute, userIds: Array(61).fill('29:x') } }),
      'at most 60',
    ],
    ['that refreshes for an e-mail address', card([], { refresh: { action: execute, userIds: ['a@b.c'] } }), 'userIds'],
    ['with an unknown property', card([{ ...textBlock('x'), colour: 'red' }]), 'colour'],
    ['with an unknown element', card([{ type: 'Chart' }]), 'Chart'],
    ['with an unknown colour', card([{ ...textBlock('x'), color: 'red' }]), 'color'],
    ['with an empty text', card([textBlock('')]), 'text'],
    ['with a fault inside a container', card([{ type: 'Container', items: [textBlock('')] }]), 'card.body[0].items[0]'],
    ['with an Execute without a verb', withAction({ type: 'Action.Execute', title: 'Go' }), 'verb'],
    ['with an Execute as the fallback', withAction({ ...execute, fallback: execute }), 'an old client'],
    ['with a fallback that does not work', withAction({ ...execute, fallback: { type: 'Action.Submit' } }), 'fallback'],
    ['with seven buttons in a row', card([textBlock('x')], { actions: Array(7).fill(submit) }), 'at most six'],
    ['with a link to a program', withAction({ type: 'Action.OpenUrl', title: 'x', url: 'javascript:x' }), 'https:'],
    ['with an unknown request to Teams', withAction({ ...submit, data: { msteams: { type: 'signin' } } }), 'msteams'],
    ['with a menu that has no static choices', withInput({ ...menu, choices: [] }), 'some static choices'],
    [
      'with a typeahead that is not filtered',
      withInput({ ...menu, 'choices.data': { type: 'Data.Query', dataset: 'd' } }),
      'filtered',
    ],
    ['with a choice that does not exist', withInput({ ...menu, value: 'b' }), 'not among'],
    [
      'with a comma among several choices',
      withInput({ ...menu, isMultiSelect: true, choices: [{ title: 'a', value: 'a,b' }] }),
      'comma',
    ],
    [
      'with a required input that says nothing',
      withInput({ type: 'Input.Text', id: 'why', isRequired: true }),
      'errorMessage',
    ],
    ['with two inputs of the same id', card([menu, menu]), 'two inputs'],
    ['with an input without an id', withInput({ type: 'Input.Text' }), 'id'],
  ])('%s', (_, json, words) => {
    expect(complaintOf(json)).toContain(words)
  })

  test('in a dialog with an Execute or a refresh', () => {
    expect(complaintOf(withAction(execute), 'dialog')).toContain('no Action.Execute')
    expect(complaintOf(card([], { refresh: { action: execute } }), 'dialog')).toContain('no refresh')
  })

  test('with all complaints at once', () => {
    const text = complaintOf(card([textBlock(''), { type: 'Chart' }]))
    expect([text.includes('card.body[0]'), text.includes('card.body[1]')]).toEqual([true, true])
  })
})

test('a card with all that is played is accepted', () => {
  const all = card(
    [
      textBlock('x'),
      { type: 'RichTextBlock', inlines: ['a', { type: 'TextRun', text: 'b', weight: 'bolder' }] },
      { type: 'FactSet', facts: [{ title: 'a', value: 'b' }] },
      { type: 'Image', url: 'https://example.com/a.png', altText: 'a' },
      { type: 'ColumnSet', columns: [{ type: 'Column', width: 'auto', items: [textBlock('x')] }] },
      { type: 'ActionSet', actions: [{ ...execute, fallback: submit }] },
      {
        ...menu,
        style: 'filtered',
        isMultiSelect: true,
        value: 'a',
        'choices.data': { type: 'Data.Query', dataset: 'd' },
      },
      { type: 'Input.Text', id: 'why', label: 'Why', isRequired: true, errorMessage: 'Say why' },
      { type: 'Input.Toggle', id: 'all', title: 'All' },
      { type: 'Input.Number', id: 'hours', min: 1, max: 8 },
    ],
    { refresh: { action: execute, userIds: ['29:x', '8:orgid:y'] }, msteams: { width: 'Full' } },
  )
  expect(complaintOf(all)).toBe('')
})

describe('a person reads', () => {
  const read = (body: object[], timeZone?: string) =>
    cardText(card(body) as never, timeZone === undefined ? {} : { timeZone })

  test.each([
    ['**bold**, _slanted_ and ~~gone~~', 'bold, slanted and gone'],
    ['[here](https://example.com) and `code`', 'here and code'],
    [String.raw`\*\*not bold\*\* in snake_case_name`, '**not bold** in snake_case_name'],
    ['2 * 3 * 4', '2 * 3 * 4'],
  ])('markdown of a text block: %s', (text, words) => {
    expect(read([textBlock(text)])).toBe(words)
  })

  test('literal characters in runs, and usual spaces', () => {
    expect(
      read([
        {
          type: 'RichTextBlock',
          inlines: ['**a**\u00a0', { type: 'TextRun', text: '{{TIME(2026-11-23T10:00:00Z)}}' }],
        },
      ]),
    ).toBe('**a** {{TIME(2026-11-23T10:00:00Z)}}')
  })

  test('times in their zone', () => {
    const time = textBlock('{{DATE(2026-11-23T23:30:00Z,SHORT)}} {{TIME(2026-11-23T23:30:00Z)}}')
    expect(read([time])).toBe('Mon, Nov 23, 2026 11:30 PM')
    expect(read([time], 'Europe/Berlin')).toBe('Tue, Nov 24, 2026 12:30 AM')
    expect(read([textBlock('{{DATE(2026-11-23T23:30:00Z,LONG)}}, {{DATE(2026-11-23T23:30:00Z)}}')])).toBe(
      'Monday, November 23, 2026, 11/23/2026',
    )
  })

  test('buttons in brackets, facts, columns, and no hidden element', () => {
    const body = [
      { type: 'FactSet', facts: [{ title: 'What', value: 'kv/a' }] },
      {
        type: 'ColumnSet',
        columns: [
          { type: 'Column', items: [textBlock('left')] },
          { type: 'Column', items: [textBlock('right')] },
        ],
      },
      { ...textBlock('hidden'), isVisible: false },
      { type: 'ActionSet', actions: [submit, { ...submit, title: 'Stop' }] },
    ]
    expect(read(body)).toBe('What: kv/a\nleft\nright\n[Go] [Stop]')
  })
})
