import { drawCard, valuesOf } from './cards.js'
import { draw, expectAnswer, placeOf, startColumns } from './columns.js'
import { choicesOf } from './filtered-choices.js'
import { startFinding } from './finding.js'
import { markdown } from './markdown.js'
import './menus.js'
import { patchWhole } from './patch.js'
import { act, say } from './talk.js'
import { startTypeahead } from './typeahead.js'

/** The message box says whom it reaches: in a channel the bot hears only what names it. */
function nameComposer(column) {
  const box = column.querySelector('.composer input')
  box.placeholder = placeOf(column) === '' ? box.dataset.chat : box.dataset.channel
}

/** The message on which an element stands; empty for the dialog and the composer. */
function spotOf(element) {
  const { message = '', conversation } = element.closest('.message')?.dataset ?? {}
  return { message, conversation: conversation ?? placeOf(element.closest('.column')) }
}

/** Does something, and shows what the simulator says about a mistake. */
async function attempt(column, action) {
  expectAnswer(column)
  const answer = await act(column, action)
  if (answer.error !== undefined && answer.ok === undefined) say(column, answer.error)
  return answer
}

async function press(place, button, action) {
  const element = action.renderedElement
  if (action.url !== undefined) {
    window.open(action.url, '_blank', 'noopener,noreferrer')
    return
  }
  if (element.getAttribute('aria-busy') === 'true') return
  element.setAttribute('aria-busy', 'true')
  await attempt(place.closest('.column'), { do: 'press', ...spotOf(place), button, values: valuesOf(place) })
  element.removeAttribute('aria-busy')
}

/** Draws the cards and the marked words of a new part of the page; it takes the focus that the part before it had. */
function dress(part, lost) {
  for (const text of part.querySelectorAll('[data-markdown]')) text.innerHTML = markdown(text.textContent)
  for (const place of part.querySelectorAll('[data-card]')) drawCard(place, press)
  if (lost?.closest('.card')) nextOf(part, lost)?.focus({ preventScroll: true })
}

/** Where a person goes on: in the first field of a form, on the same button, or on the first one. */
function nextOf(part, { ariaLabel }) {
  const buttons = [...part.querySelectorAll('.card button')]
  const field = part.querySelector('.card :is(input, textarea, select)')
  return field ?? buttons.find((one) => one.ariaLabel === ariaLabel) ?? buttons[0] ?? part.querySelector('summary')
}

/** Draws a dialog. Of the same one only Teams' own line can change, so what is entered stays. */
function patchDialog(curtain, markup) {
  const shown = curtain.querySelector('.modal')
  const trouble = shown?.querySelector('.trouble')
  const wanted = new DOMParser().parseFromString(markup, 'text/html').querySelector('.modal')
  if (shown && wanted?.dataset.view === shown.dataset.view) {
    trouble.textContent = wanted.querySelector('.trouble').textContent
    return
  }
  if (patchWhole(curtain, markup)) dress(curtain)
}

document.addEventListener('click', ({ target }) => {
  const control = target.closest('[data-do]')
  const column = control?.closest('.column')
  const { do: what, command } = control?.dataset ?? {}
  if (what === 'refresh') attempt(column, { do: 'refresh', ...spotOf(control) })
  if (what === 'extension') attempt(column, { do: 'extension', ...spotOf(control), command })
  if (what === 'find') startFinding(column, command, control.textContent)
})

/** Asks the app for choices; all that is entered goes along. */
async function ask(box, field, typed) {
  const place = box.closest('.card')
  const action = { do: 'typeahead', ...spotOf(place), field, typed, values: valuesOf(place) }
  return (await act(place.closest('.column'), action)).choices
}

startTypeahead(choicesOf(ask))
startColumns({
  dress,
  patchModal: patchDialog,
  placeOpened: (column, place) => {
    nameComposer(column)
    act(column, { do: 'look', place }).then(draw)
  },
})
