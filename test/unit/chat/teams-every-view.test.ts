import { describe, expect, test } from 'vitest'
import { toCard } from '../../../src/chat/teams/cards/render.ts'
import { toDialog, toFormInPlace } from '../../../src/chat/teams/cards/render-form.ts'
import { cardId } from '../../../src/domain/ids.ts'
import { everyForm, everyMessage } from '../views/every-view.ts'
import { faultsOf } from './teams-cards.ts'

describe('each message of the product is a card that Teams takes', () => {
  test.each(everyMessage)('%s', (_, view) => {
    expect(faultsOf(toCard(view))).toEqual([])
  })
})

describe('each dialog of the product is one that Teams takes', () => {
  test.each(everyForm)('%s', (_, view) => {
    expect(faultsOf(toDialog(view, { conversation: '19:c@thread.tacv2' }).card.content)).toEqual([])
    expect(faultsOf(toFormInPlace(view, { back: { card: cardId('c1') } }))).toEqual([])
  })
})
