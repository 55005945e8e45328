import { ask } from './ask.js'
import { expectAnswer, startColumns } from './columns.js'
import { allArrived, enter, menus, use } from './elements.js'
import { keepEntries, patchModal } from './patch.js'
import { act, say } from './talk.js'
import { closeList, startTypeahead } from './typeahead.js'

/** Leads to the first complaint of a refused form, once it is drawn. */
function focusWrong(column) {
  const wrong = column.querySelector('.modal [aria-invalid]')
  if (column.dataset.refused === undefined || wrong === null) return
  delete column.dataset.refused
  wrong.focus()
}

async function press(button) {
  const question = button.nextElementSibling
  if (question?.matches('template.confirm') && !(await ask(question))) return
  button.setAttribute('aria-busy', 'true')
  expectAnswer(button.closest('.column'))
  await use(button, { do: 'press' })
  button.removeAttribute('aria-busy')
}

document.addEventListener('click', ({ target }) => {
  const control = target.closest('[data-do]')
  if (control?.dataset.do === 'press') press(control)
  if (control?.dataset.do === 'unchoose') unchoose(control)
})

function unchoose(chip) {
  const input = chip.closest('.typeahead').querySelector('[data-do=search]')
  const values = JSON.parse(input.dataset.chosen).filter((value) => value !== chip.dataset.value)
  use(chip, { do: 'choose', values })
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

document.addEventListener('keydown', ({ target, key }) => {
  if (key === 'Enter' && target.matches('input[data-do=type]')) sendTyping(target, false)
})

document.addEventListener('submit', ({ target: form }) => {
  if (form.matches('.modal form')) submitModal(form, form.closest('.column'))
})

async function submitModal(form, column) {
  for (const input of form.querySelectorAll('[data-do=search]')) closeList(input)
  for (const field of form.querySelectorAll('[data-do=type][data-unsent]')) sendTyping(field, true)
  await allArrived()
  const button = form.querySelector('[type=submit]')
  button?.setAttribute('aria-busy', 'true')
  expectAnswer(column)
  const answer = await act(column, { do: 'submit' })
  button?.removeAttribute('aria-busy')
  if (answer.error !== undefined && answer.ok === undefined) say(column, answer.error)
  const isRefused = Object.keys(answer.errors ?? {}).length > 0
  if (isRefused) column.dataset.refused = 'yes'
  focusWrong(column)
}

startTypeahead(menus)
startColumns({
  patchModal: (curtain, markup) => keepEntries(curtain, () => patchModal(curtain, markup)),
  modalDrawn: focusWrong,
  placeOpened: (column, place) => place === 'home' && act(column, { do: 'home' }),
})
