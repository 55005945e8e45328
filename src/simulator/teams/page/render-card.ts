import { createHash } from 'node:crypto'
import { type Html, html } from '../../page/html.ts'
import { type AdaptiveCard, actionsOf } from '../cards.ts'

/** Changes when the value changes. */
export const fingerprint = (value: unknown): string =>
  createHash('sha1').update(JSON.stringify(value)).digest('base64url').slice(0, 12)

/**
 * Cards for the page's script to draw. Each button gets its number as its id, by which the script names it; buttons are
 * counted over all cards.
 */
export function renderCards(cards: readonly AdaptiveCard[], id: string): readonly Html[] {
  let buttons = 0
  return cards.map((card, index) => {
    const numbered = structuredClone(card)
    for (const action of actionsOf(numbered)) {
      action.id = String(buttons)
      buttons += 1
    }
    return html`<div class="card" id="${id}-card-${index}" data-card="${JSON.stringify(numbered)}"></div>`
  })
}
