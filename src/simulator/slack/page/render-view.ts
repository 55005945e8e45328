import { type Html, html, nothing } from '../../page/html.ts'
import type { StoredView } from '../view-state.ts'
import type { Reader } from '../visible-text.ts'
import { renderBlocks } from './render-blocks.ts'

const surfaceOf = (view: StoredView, reader: Reader) => ({
  reader,
  prefix: `v-${view.id}`,
  values: view.values,
  errors: view.errors,
})

/** The key of a view's looks: the page redraws the view when it changes. Typed text is not part of it. */
export const viewKey = (view: StoredView): string =>
  [view.id, view.hash, JSON.stringify(view.errors), view.trouble, chosenKey(view)].join(' ')

/** The chosen options of multi-select menus, which the page shows as chips. */
const chosenKey = (view: StoredView): string =>
  JSON.stringify(
    Object.values(view.values)
      .flatMap((block) => Object.values(block))
      .filter((value) => value.type === 'multi_external_select')
      .map((value) => value.selected_options?.map((option) => option.value)),
  )

/** The modal on top of the stack. */
export function renderModal(view: StoredView, reader: Reader): Html {
  const { definition } = view
  if (definition.type !== 'modal') return nothing
  const { title, submit, close } = definition
  const titleId = `v-${view.id}-title`
  return html`<div class="modal" role="dialog" aria-labelledby="${titleId}" data-view="${view.id}"><form novalidate>
    <header><h2 id="${titleId}">${title.text}</h2>
      <button type="button" class="cross" data-do="close" aria-label="Close ${title.text}">×</button></header>
    <div class="modal-body" tabindex="0" role="group" aria-labelledby="${titleId}">${renderBlocks(definition.blocks, surfaceOf(view, reader))}</div>
    <p class="trouble" role="alert">${view.trouble}</p>
    <footer><button type="button" class="button plain" data-do="close">${close?.text ?? (submit ? 'Cancel' : 'Close')}</button>
      ${submit ? html`<button type="submit" class="button primary">${submit.text}</button>` : nothing}</footer></form></div>`
}

/** The Home tab. */
export const renderHome = (view: StoredView, reader: Reader): Html =>
  html`<article class="home" id="home-${view.id}" data-key="${view.hash} ${view.trouble}" data-home="yes">
    ${renderBlocks(view.definition.blocks, surfaceOf(view, reader))}<p class="trouble" role="alert">${view.trouble}</p></article>`
