import { ask } from './ask.js'
import { columns, showAtFirst, showNews } from './chooser.js'
import { keepEntries, patchKeyed, patchModal, patchWhole } from './patch.js'
import { act, allArrived, enter, say, send, use } from './talk.js'
import { closeList, startTypeahead } from './typeahead.js'

/**
 * Of each column: the `place` asked for, the one that is `shown`, and `hasActed`: the person did something there and has
 * not scrolled since, so the next message is the answer.
 */
const states = new Map(
  columns.map((column) => [column, { place: '', shown: '', hasActed: false, count: 0, key: '', opener: '' }]),
)
const area = (parent, name) => parent.querySelector(`[data-area=${name}]`)

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
  patchKeyed(messages, markup)
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
  keepEntries(curtain, () => patchModal(curtain, markup))
  state.key = key
  const modal = curtain.querySelector('.modal')
  curtain.hidden = modal === null
  area(column, 'messages').inert = modal !== null
  column.querySelector('.composer').inert = modal !== null
  if (modal === null) return before !== undefined && focusAgain(column, state.opener)
  if (modal.dataset.view === before) curtain.querySelector('.modal-body').scrollTop = scroll
  focusWrong(column)
  if (modal.dataset.view !== before && isMine(column)) firstField(modal)?.focus()
}

/** Leads to the first complaint of a refused form, once it is drawn. */
function focusWrong(column) {
  const wrong = column.querySelector('.modal [aria-invalid]')
  if (column.dataset.refused === undefined || wrong === null) return
  delete column.dataset.refused
  wrong.focus()
}

/** The person whose column was used last; nobody else's modal takes the focus. */
let lastUsed = null
const isMine = (column) => lastUsed === column
const firstField = (modal) =>
  modal.querySelector('[data-focus]') ??
  modal.querySelector('.modal-body :is(input, select, textarea)') ??
  modal.querySelector('.modal-body :is(button, a), footer button')

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
async function draw() {
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

async function press(button) {
  const state = states.get(button.closest('.column'))
  const question = button.nextElementSibling
  if (question?.matches('template.confirm') && !(await ask(question))) return
  button.setAttribute('aria-busy', 'true')
  state.hasActed = true
  await use(button, { do: 'press' })
  button.removeAttribute('aria-busy')
}

document.addEventListener('click', ({ target }) => {
  lastUsed = target.closest('.column') ?? lastUsed
  const control = target.closest('[data-do]')
  if (control?.dataset.do === 'press') press(control)
  if (control?.dataset.do === 'close') act(control.closest('.column'), { do: 'close' })
  if (control?.dataset.do === 'unchoose') unchoose(control)
  const tab = target.closest('[data-place]')
  if (tab !== null) openPlace(tab.closest('.column'), tab.dataset.place)
  const suggestion = target.closest('[data-fill]')
  if (suggestion !== null) fillComposer(suggestion)
  const fault = target.closest('[data-fault]')
  if (fault !== null) send('/sim/faults', { kind: fault.dataset.fault })
})

function unchoose(chip) {
  const input = chip.closest('.typeahead').querySelector('[data-do=search]')
  const values = JSON.parse(input.dataset.chosen).filter((value) => value !== chip.dataset.value)
  use(chip, { do: 'choose', values })
}

function openPlace(column, place) {
  states.get(column).place = place
  if (place === 'home') act(column, { do: 'home' })
  draw()
}

const timers = new Map()
function sendTyping(field, isQuiet) {
  clearTimeout(timers.get(field.id))
  timers.delete(field.id)
  return enter([field], { do: 'type', text: field.value, isQuiet })
}

document.addEventListener('input', ({ target }) => {
  if (target.dataset.do !== 'type') return
  target.dataset.unsent = 'yes'
  clearTimeout(timers.get(target.id))
  timers.set(
    target.id,
    setTimeout(() => sendTyping(target, true), 120),
  )
})

document.addEventListener('change', ({ target }) => {
  if (target.dataset.do === 'choose')
    enter([target], { do: 'choose', values: target.value === '' ? [] : [target.value] })
  if (target.dataset.do !== 'tick') return
  const boxes = [...target.closest('.choices').querySelectorAll('input')]
  enter(boxes, { do: 'choose', values: boxes.filter((box) => box.checked).map((box) => box.value) })
})

document.addEventListener('keydown', (event) => {
  const { target, key } = event
  lastUsed = target.closest('.column') ?? lastUsed
  const modal = target.closest('.modal')
  if (key === 'Escape' && modal !== null) act(modal.closest('.column'), { do: 'close' })
  if (key === 'Enter' && target.matches('input[data-do=type]')) sendTyping(target, false)
})

document.addEventListener('submit', async (event) => {
  const form = event.target
  if (form.method === 'dialog') return
  event.preventDefault()
  const column = form.closest('.column')
  if (form.matches('.fault-form')) await send('/sim/faults', Object.fromEntries(new FormData(form)))
  if (form.matches('.modal form')) await submitModal(form, column)
  if (form.matches('.composer')) await sendCommand(form, column)
})

/** Puts the suggested command into the composer, up to where the hint names a placeholder. */
function fillComposer(suggestion) {
  const input = document.getElementById(suggestion.dataset.fill)
  input.value = suggestion.querySelector('code').textContent.replace(/[<[{].*$/, '')
  input.focus()
}

async function submitModal(form, column) {
  for (const input of form.querySelectorAll('[data-do=search]')) closeList(input)
  for (const field of form.querySelectorAll('[data-do=type][data-unsent]')) sendTyping(field, true)
  await allArrived()
  const button = form.querySelector('[type=submit]')
  button?.setAttribute('aria-busy', 'true')
  states.get(column).hasActed = true
  const answer = await act(column, { do: 'submit' })
  button?.removeAttribute('aria-busy')
  if (answer.error !== undefined && answer.ok === undefined) say(column, answer.error)
  const isRefused = Object.keys(answer.errors ?? {}).length > 0
  if (isRefused) column.dataset.refused = 'yes'
  focusWrong(column)
}

async function sendCommand(form, column) {
  const input = form.elements.text
  const text = input.value
  if (text.trim() === '') return input.focus()
  const hint = column.querySelector('.composer-hint')
  hint.textContent = ''
  input.value = ''
  states.get(column).hasActed = true
  const answer = await act(column, { do: 'command', text, channel: states.get(column).place })
  if (answer.error !== undefined && answer.ok === undefined) {
    hint.textContent = answer.error
    input.value = text
  }
}

document.body.classList.add('scripted')
startTypeahead(use, enter)
showAtFirst(3)
// Panels show things that happen outside the chat, such as the end of a lease.
if (area(document, 'panels') !== null) setInterval(() => document.hidden || drawSide().catch(() => {}), 2000)
new EventSource('/sim/changes').addEventListener('message', draw)
draw()
