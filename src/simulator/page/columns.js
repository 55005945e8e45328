import { columns, showAtFirst, showNews } from './chooser.js'
import { patchKeyed, patchWhole } from './patch.js'
import { act, send } from './talk.js'

/**
 * Of each column: the `place` asked for, the one that is `shown`, and `hasActed`: the person did something there and has
 * not scrolled since, so the next message is the answer.
 */
const states = new Map(
  columns.map((column) => [column, { place: '', shown: '', hasActed: false, count: 0, key: '', opener: '' }]),
)

/** A named area of the page or of a column. */
export const area = (parent, name) => parent.querySelector(`[data-area=${name}]`)

/** The conversation that a column shows; empty for the one with the bot. */
export const placeOf = (column) => states.get(column).place

/** The next message in this column answers what its person does now. */
export function expectAnswer(column) {
  states.get(column).hasActed = true
}

/** What a platform does its own way: see `startColumns`. */
let own

async function drawColumn(column) {
  const state = states.get(column)
  const asked = state.place
  const response = await fetch(`/sim/people/${column.dataset.person}?place=${encodeURIComponent(asked)}`)
  const parts = await response.json()
  if (state.place !== asked || parts.revision < Number(column.dataset.revision ?? 0)) {
    isStale = true // the person has done something since
    return
  }
  patchWhole(area(column, 'tabs'), parts.tabs)
  drawMessages(area(column, 'messages'), state, parts)
  const isNews = parts.count > state.count && column.hidden && state.count > 0
  Object.assign(state, { place: parts.place, shown: parts.place, count: parts.count })
  if (isNews) showNews(column)
  if (state.key !== parts.modal.key) drawModal(column, parts.modal)
}

/** Draws the place, and scrolls to its end for an answer, for another place, and for a person who was at the end. */
function drawMessages(messages, state, { place, messages: markup }) {
  const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 60
  const newest = messages.lastElementChild?.id
  patchKeyed(messages, markup, own.dress)
  const isNewPlace = place !== state.shown
  const isAnswer = state.hasActed && messages.lastElementChild?.id !== newest
  if (place === 'home' && isNewPlace) messages.scrollTop = 0
  if (place !== 'home' && (isNewPlace || isAnswer || isAtEnd)) messages.scrollTop = messages.scrollHeight
}

for (const [column, state] of states) {
  const scrolls = () => {
    state.hasActed = false
  }
  for (const kind of ['wheel', 'touchmove', 'pointerdown', 'keydown'])
    area(column, 'messages').addEventListener(kind, scrolls, { passive: true })
}

function drawModal(column, { key, markup }) {
  const state = states.get(column)
  const curtain = area(column, 'modal')
  const before = curtain.querySelector('.modal')?.dataset.view
  const scroll = curtain.querySelector('.modal-body')?.scrollTop ?? 0
  if (before === undefined && column.contains(document.activeElement)) state.opener = document.activeElement.id
  own.patchModal(curtain, markup)
  state.key = key
  const modal = curtain.querySelector('.modal')
  curtain.hidden = modal === null
  area(column, 'messages').inert = modal !== null
  column.querySelector('.composer').inert = modal !== null
  if (modal === null) return before !== undefined && focusAgain(column, state.opener)
  if (modal.dataset.view === before) curtain.querySelector('.modal-body').scrollTop = scroll
  own.modalDrawn?.(column)
  if (modal.dataset.view !== before && isMine(column)) firstField(modal)?.focus()
}

/** The person whose column was used last; nobody else's modal takes the focus. */
let lastUsed = null
export const isMine = (column) => lastUsed === column
const firstField = (modal) =>
  modal.querySelector('[data-focus]') ??
  modal.querySelector('.modal-body :is(input, select, textarea)') ??
  modal.querySelector('.modal-body :is(button, a), footer button') ??
  modal.querySelector('.cross')

function focusAgain(column, id) {
  if (!isMine(column)) return
  const opener = document.getElementById(id) ?? column.querySelector('.composer input')
  opener.focus({ preventScroll: true })
}

async function drawSide() {
  const faults = await (await fetch('/sim/faults')).text()
  patchWhole(area(document, 'faults'), faults)
  const panels = area(document, 'panels')
  if (panels !== null) patchWhole(panels, await (await fetch('/sim/panels')).text())
}

let isDrawing = false
let isStale = false

/** Draws all columns; asked again meanwhile, it draws once more. */
export async function draw() {
  isStale = true
  if (isDrawing) return
  isDrawing = true
  try {
    while (isStale) {
      isStale = false
      await Promise.all([...columns.map(drawColumn), drawSide()])
    }
  } catch (error) {
    console.warn('not drawn, trying again', error)
    setTimeout(draw, 1000)
  } finally {
    isDrawing = false
  }
}

function openPlace(column, place) {
  states.get(column).place = place
  own.placeOpened?.(column, place)
  draw()
}

// Before others see the click: a library may keep it to itself.
document.addEventListener(
  'click',
  ({ target }) => {
    lastUsed = target.closest('.column') ?? lastUsed
  },
  true,
)
document.addEventListener('click', ({ target }) => {
  if (target.closest('[data-do=close]') !== null) act(target.closest('.column'), { do: 'close' })
  const tab = target.closest('[data-place]')
  if (tab !== null) openPlace(tab.closest('.column'), tab.dataset.place)
  const suggestion = target.closest('[data-fill]')
  if (suggestion !== null) fillComposer(suggestion)
  const fault = target.closest('[data-fault]')
  if (fault !== null) send('/sim/faults', { kind: fault.dataset.fault })
})

document.addEventListener('keydown', ({ target, key }) => {
  lastUsed = target.closest('.column') ?? lastUsed
  const modal = target.closest('.modal')
  if (key === 'Escape' && modal !== null) act(modal.closest('.column'), { do: 'close' })
})

document.addEventListener('submit', async (event) => {
  const form = event.target
  if (form.method === 'dialog') return
  event.preventDefault()
  if (form.matches('.fault-form')) await send('/sim/faults', Object.fromEntries(new FormData(form)))
  if (form.matches('.composer')) await sendText(form, form.closest('.column'))
})

/** Puts the suggested command into the composer, up to where the hint names a placeholder. */
function fillComposer(suggestion) {
  const input = document.getElementById(suggestion.dataset.fill)
  input.value = suggestion.querySelector('code').textContent.replace(/[<[{].*$/, '')
  input.focus()
}

async function sendText(form, column) {
  const input = form.elements.text
  const text = input.value
  if (text.trim() === '') return input.focus()
  const hint = column.querySelector('.composer-hint')
  hint.textContent = ''
  input.value = ''
  expectAnswer(column)
  const answer = await act(column, { do: 'text', text, place: placeOf(column) })
  if (answer.error !== undefined && answer.ok === undefined) {
    hint.textContent = answer.error
    input.value = text
  }
}

/**
 * Starts the page. `patchModal(curtain, markup)` draws a dialog, `modalDrawn(column)` follows; `dress(element)` completes
 * a message that was drawn; `placeOpened(column, place)` follows the choice of a conversation.
 */
export function startColumns(hooks) {
  own = hooks
  document.body.classList.add('scripted')
  showAtFirst(3)
  // Panels show things that happen outside the chat, such as the end of a lease.
  if (area(document, 'panels') !== null) setInterval(() => document.hidden || drawSide().catch(() => {}), 2000)
  new EventSource('/sim/changes').addEventListener('message', draw)
  draw()
}
