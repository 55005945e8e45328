import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isWordsOnly, toCard, toMessageActivity, toSentence } from '../../../src/chat/teams/render.ts'
import { toDialog, toFormInPlace } from '../../../src/chat/teams/render-form.ts'
import { cardId } from '../../../src/domain/ids.ts'
import { refusalView } from '../../../src/views/copy.ts'
import { faultsOf, form, message } from './teams-cards.ts'

const runs = { numRuns: 60 }

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
