import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeButton, encodeButton } from '../../../src/chat/conversation/codec.ts'
import { readBack, readPress } from '../../../src/chat/teams/cards/actions.ts'
import { isWordsOnly, toCard, toMessageActivity, toSentence } from '../../../src/chat/teams/cards/render.ts'
import { toDialog, toFormInPlace } from '../../../src/chat/teams/cards/render-form.ts'
import { cardId, grantId, requestId } from '../../../src/domain/ids.ts'
import { refusalView } from '../../../src/views/copy.ts'
import type { MessageView } from '../../../src/views/view-model.ts'
import { allOf, buttonsOf, faultsOf, form, linesOf, message } from './teams-cards.ts'

// The time limit ends the search for a smaller counterexample, which can last minutes.
const runs = { numRuns: 60, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true }

describe('whatever a view holds', () => {
  test('its card is one that Teams takes', () => {
    fc.assert(
      fc.property(message, (view) => {
        expect(faultsOf(toCard(view))).toEqual([])
        expect(toMessageActivity(view).summary.length).toBeGreaterThan(0)
      }),
      runs,
    )
  })

  test('its dialog is one that Teams takes, and so is the form in place of a message', () => {
    fc.assert(
      fc.property(form, (view) => {
        expect(faultsOf(toDialog(view, { conversation: '19:x@thread.tacv2' }).card.content)).toEqual([])
        expect(faultsOf(toFormInPlace(view, { back: { card: cardId('c1') } }))).toEqual([])
      }),
      runs,
    )
  })

  test('no control or direction character and no half character is left anywhere', () => {
    fc.assert(
      fc.property(message, (view) => {
        const sent = JSON.stringify(toMessageActivity(view))
        expect(sent.isWellFormed()).toBe(true)
        expect(sent).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u007f-\u009f]|\\u0000|\\u001b|\\ud[89a-f]/)
      }),
      runs,
    )
  })
})

test('an answer without buttons is one readable text', () => {
  const view = refusalView({ code: 'own-request' })
  expect([isWordsOnly(view), toSentence(view)]).toEqual([
    true,
    'You cannot decide on your own request. Another owner has to.',
  ])
})

describe('a card that is too long', () => {
  const action = { label: 'Revoke', command: { do: 'revoke', grant: grantId('g1') } } as const
  const notes = Array.from({ length: 60 }, (_, index) => [`${index} ${'long '.repeat(120)}`])
  const long = {
    title: 'Much',
    tone: 'bad',
    summary: 'Much',
    fields: [],
    quotes: [],
    notes,
    actions: [action],
  } as const

  test('keeps its beginning, its buttons and its small print, and says how much is missing', () => {
    const card = toCard({ ...long, small: [['Request q1']] })
    const lines = linesOf(card)
    const shown = lines.filter((line) => /^\d+ long/.test(line)).length
    expect(shown).toBeGreaterThan(20)
    expect(lines.slice(-2)).toEqual([`… and ${60 - shown} more parts that are not shown`, 'Request q1'])
    expect(buttonsOf(card).map(({ title }) => title)).toEqual(['Revoke'])
    expect(faultsOf(card)).toEqual([])
  })

  test('shows an entry of a list with its buttons or not at all', () => {
    const entries = notes.map((text) => ({ text, actions: [action] }))
    const card = toCard({ ...long, notes: [], actions: [], entries })
    const shown = linesOf(card).filter((line) => /^\d+ long/.test(line)).length
    expect(buttonsOf(card)).toHaveLength(shown)
  })

  test('more buttons than a row takes stand in several rows', () => {
    const rows = allOf(toCard({ ...long, notes: [], actions: Array(7).fill(action) }), 'ActionSet')
    expect(rows.map(({ actions }) => (actions as unknown[]).length)).toEqual([5, 2])
  })
})

describe('the button', () => {
  const buttonOf = (command: Extract<MessageView['actions'][number], { command: unknown }>['command']) =>
    buttonsOf(toCard({ ...refusalView({ code: 'try-again' }), actions: [{ label: 'Press', command }], origin }))[0]
  const origin = { card: cardId('c1') }

  test.each(['approve', 'deny', 'cancel', 'remind'] as const)('of "%s" is answered in the card', (verb) => {
    const button = buttonOf({ do: verb, request: requestId('q1') })
    if (button?.type !== 'Action.Execute') throw new Error('not a universal action')
    expect(button.verb).toBe('press')
    const command = { do: verb, request: 'q1' }
    expect(decodeButton(readPress(button.data))).toEqual({ command, origin })
    expect(decodeButton(readPress(button.fallback?.data))).toEqual({ command, origin })
    expect(button.fallback?.data).toMatchObject({ msteams: { type: 'task/fetch' } })
  })

  test.each(['show-policy', 'show-items', 'request-again'] as const)('of "%s" opens a dialog', (verb) => {
    const button = buttonOf({ do: verb, request: requestId('q1') })
    if (button?.type !== 'Action.Submit') throw new Error('not a button for a dialog')
    expect(button.data).toMatchObject({ msteams: { type: 'task/fetch' } })
    expect(decodeButton(readPress(button.data))).toEqual({ command: { do: verb, request: 'q1' }, origin })
  })

  test('of a page opens it', () => {
    const view = { ...refusalView({ code: 'try-again' }), actions: [{ label: 'Open', url: 'https://latchkey.test/x' }] }
    expect(buttonsOf(toCard(view))).toEqual([{ type: 'Action.OpenUrl', title: 'Open', url: 'https://latchkey.test/x' }])
  })

  test('in a dialog is sent as the dialog’s own', () => {
    for (const verb of ['approve', 'show-policy'] as const) {
      const action = { label: 'Press', command: { do: verb, request: requestId('q1') } }
      const view = { ...refusalView({ code: 'try-again' }), actions: [action], origin }
      const card = toCard(view, { isInDialog: true })
      expect(card.refresh).toBeUndefined()
      expect(buttonsOf(card)).toEqual([
        { type: 'Action.Submit', title: 'Press', data: { press: encodeButton(action.command, origin) } },
      ])
    }
  })

  test('to go back leads to the message, without what was typed', () => {
    const back = buttonsOf(toCard(refusalView({ code: 'try-again' }), { back: origin })).at(-1)
    if (back?.type !== 'Action.Execute') throw new Error('not a universal action')
    expect([back.verb, readBack(back.data), back.associatedInputs]).toEqual(['refresh', origin, 'none'])
  })
})

test('a card is drawn anew only when its reader asks', () => {
  const view = { ...refusalView({ code: 'try-again' }), origin: { card: cardId('c1') } }
  const { refresh } = toCard(view)
  expect([refresh?.userIds, readBack(refresh?.action.data)]).toEqual([[], { card: 'c1' }])
  expect(toCard({ ...view, origin: { list: 'seal' } }).refresh).toBeUndefined()
})

test('what several words say is one readable text', () => {
  const view = {
    ...refusalView({ code: 'own-request' }),
    title: 'Not done',
    notes: [['Why? '], ['Ask ', { code: 'a' }]],
  }
  expect(toSentence(view)).toBe('Not done. Why? Ask a.')
})
