import { drawCard } from './cards.js'
import { area, placeOf } from './columns.js'
import { act } from './talk.js'

const pause = 200
const latest = new WeakMap()

const partsOf = (column) => {
  const panel = column.querySelector('.finder')
  const [title, box, found] = ['h2', 'input', '.found'].map((selector) => panel.querySelector(selector))
  return { panel, title, box, found }
}

/** While a person searches, the rest of their column waits. */
function show(column, isOpen) {
  const { panel } = partsOf(column)
  panel.hidden = !isOpen
  area(column, 'messages').inert = isOpen
  column.querySelector('.composer').inert = isOpen
}

/** Opens the panel of a search command of the message extension, with its first results. */
export function startFinding(column, command, name) {
  const { panel, title, box } = partsOf(column)
  panel.dataset.command = command
  title.textContent = name
  box.value = ''
  show(column, true)
  box.focus()
  find(column)
}

function stopFinding(column) {
  show(column, false)
  column.querySelector('.apps summary').focus()
}

/** Asks the app; only the answer to what was typed last is shown. */
async function find(column) {
  const { panel, box, found } = partsOf(column)
  const mine = (latest.get(column) ?? 0) + 1
  latest.set(column, mine)
  const { command } = panel.dataset
  const answer = await act(column, { do: 'find', conversation: placeOf(column), command, text: box.value.trim() })
  if (mine !== latest.get(column)) return
  const results = answer.results ?? []
  const words = answer.words || answer.error || (results.length === 0 ? 'Nothing found.' : '')
  found.replaceChildren(...(words === '' ? results.map(resultOf) : [line('p', 'note', words)]))
}

function line(name, className, text) {
  return Object.assign(document.createElement(name), { className, textContent: text })
}

/** A result, and below it the card that a choice puts into the message box. */
function resultOf({ text, card }) {
  const button = line('button', 'result', text)
  button.type = 'button'
  if (card === undefined) return button
  const place = line('div', 'card', '')
  place.hidden = true
  place.dataset.card = JSON.stringify({ ...card, actions: [] })
  button.setAttribute('aria-expanded', 'false')
  button.addEventListener('click', () => {
    if (place.childElementCount === 0) drawCard(place, () => {})
    place.hidden = !place.hidden
    button.setAttribute('aria-expanded', String(!place.hidden))
  })
  const pair = document.createElement('div')
  pair.append(button, place)
  return pair
}

const timers = new WeakMap()
document.addEventListener('input', ({ target }) => {
  if (target.closest('.finder') === null) return
  const column = target.closest('.column')
  clearTimeout(timers.get(column))
  timers.set(
    column,
    setTimeout(() => find(column), pause),
  )
})
document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-do=stop-finding]') !== null) stopFinding(target.closest('.column'))
})
document.addEventListener('keydown', ({ target, key }) => {
  if (key === 'Escape' && target.closest('.finder') !== null) stopFinding(target.closest('.column'))
})
