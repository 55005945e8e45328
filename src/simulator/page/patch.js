/** Makes HTML that this simulator's server wrote (and escaped) into elements. */
function elementsOf(markup) {
  const template = document.createElement('template')
  template.innerHTML = markup
  return [...template.content.children]
}

/** The id of the focused element and its selection, to be given back after a redraw. */
function rememberFocus() {
  const element = document.activeElement
  if (element === null || element.id === '') return () => {}
  const { id, selectionStart, selectionEnd } = element
  return () => {
    const again = document.getElementById(id)
    if (again === null || again === document.activeElement) return
    again.focus({ preventScroll: true })
    if (typeof selectionStart === 'number' && again.setSelectionRange)
      again.setSelectionRange(selectionStart, selectionEnd)
  }
}

/**
 * Changes only those children whose `data-key` changed, so that reading, focus and selection survive. `dress(element,
 * lost)` completes each new one; `lost` had the focus in the one that it replaces.
 */
export function patchKeyed(area, markup, dress = () => {}) {
  const giveBack = rememberFocus()
  const wanted = elementsOf(markup)
  const ids = new Set(wanted.map((element) => element.id))
  for (const child of [...area.children]) if (!ids.has(child.id)) child.remove()
  wanted.forEach((element, index) => {
    const current = element.id === '' ? null : area.querySelector(`:scope > #${CSS.escape(element.id)}`)
    if (current !== null && current.dataset.key === element.dataset.key) {
      if (area.children[index] !== current) area.insertBefore(current, area.children[index] ?? null)
      return
    }
    const focused = document.activeElement
    const lost = current?.contains(focused) ? focused : undefined
    if (current === null) area.insertBefore(element, area.children[index] ?? null)
    else current.replaceWith(element)
    dress(element, lost)
  })
  giveBack()
}

/** Replaces everything in the area, unless it is the same as before. */
export function patchWhole(area, markup) {
  if (area.dataset.markup === markup) return false
  const giveBack = rememberFocus()
  area.dataset.markup = markup
  area.replaceChildren(...elementsOf(markup))
  giveBack()
  return true
}

/**
 * Replaces a modal, but of the same view only those parts that changed. A button that is being pressed stays, or its
 * click would be lost.
 */
export function patchModal(curtain, markup) {
  const [before] = elementsOf(curtain.dataset.markup ?? '')
  const [after] = elementsOf(markup)
  const shown = curtain.querySelector('.modal form')
  if (shown === null || before?.dataset.view !== after?.dataset.view) return patchWhole(curtain, markup)
  const giveBack = rememberFocus()
  curtain.dataset.markup = markup
  const parts = [...shown.children]
  const [old, wanted] = [before, after].map((modal) => [...modal.querySelector('form').children])
  wanted.forEach((part, index) => {
    if (!part.isEqualNode(old[index])) parts[index].replaceWith(part)
  })
  giveBack()
  return true
}

/** What was entered but has not reached the server yet (`data-unsent`), put back after a redraw. */
export function keepEntries(area, redraw) {
  const unsent = [...area.querySelectorAll('[data-unsent]')]
  redraw()
  for (const { id, value, checked, dataset } of unsent) {
    const field = document.getElementById(id)
    if (field === null) continue
    Object.assign(field, { value, checked })
    Object.assign(field.dataset, dataset)
  }
}
