import { type Html, html, nothing } from '../../page/html.ts'
import type { Dialog, Screen } from '../screen.ts'
import { fingerprint, renderCards } from './render-card.ts'

const numbers = new WeakMap<Dialog, number>()
let count = 0

/** Each answer of the app opens a new view. */
function numberOf(dialog: Dialog): number {
  const known = numbers.get(dialog)
  if (known !== undefined) return known
  count += 1
  numbers.set(dialog, count)
  return count
}

/** The key of the dialog's looks: the page redraws it when it changes. What is entered is not part of it. */
export const viewKey = ({ dialog }: Screen): string =>
  dialog === undefined ? '' : fingerprint([numberOf(dialog), dialog.title, dialog.sheet.card, dialog.trouble])

/** The open dialog of a person. */
export function renderDialog({ dialog }: Screen, oid: string): Html {
  if (dialog === undefined) return nothing
  const id = `dialog-${oid}`
  return html`<div class="modal" role="dialog" aria-labelledby="${id}-title" data-view="${numberOf(dialog)}"><div class="sheet">
    <header><h2 id="${id}-title">${dialog.title}</h2>
      <button type="button" class="cross" data-do="close" aria-label="Close ${dialog.title}">×</button></header>
    <div class="modal-body" tabindex="0" role="group" aria-labelledby="${id}-title">${renderCards([dialog.sheet.card], id)}</div>
    <p class="trouble" role="alert">${dialog.trouble}</p></div></div>`
}
