const pause = 150

/** The list of a combobox. */
const listOf = (input) => document.getElementById(input.getAttribute('aria-controls'))

/** Closes the list of a combobox and forgets the active option. */
export function closeList(input) {
  listOf(input).hidden = true
  input.setAttribute('aria-expanded', 'false')
  input.removeAttribute('aria-activedescendant')
}

/** Shows a line that cannot be chosen. */
function showLine(input, text) {
  const line = document.createElement('li')
  line.className = 'line'
  line.setAttribute('role', 'option')
  line.setAttribute('aria-disabled', 'true')
  line.textContent = text
  openWith(input, [line])
}

function openWith(input, lines) {
  const list = listOf(input)
  list.replaceChildren(...lines)
  list.hidden = false
  input.setAttribute('aria-expanded', 'true')
  input.removeAttribute('aria-activedescendant')
}

function optionLine(input, option, index) {
  const line = document.createElement('li')
  line.id = `${input.id}-option-${index}`
  line.setAttribute('role', 'option')
  line.setAttribute('aria-selected', 'false')
  line.dataset.value = option.value
  line.dataset.label = option.label
  line.textContent = option.label
  if (option.about) {
    const small = document.createElement('small')
    small.textContent = option.about
    line.append(small)
  }
  return line
}

/**
 * Comboboxes whose options the app finds while a person types, for keyboard and mouse. `search(input, query)` resolves
 * with options `{ value, label, about }`, or nothing if they could not be loaded. `choose(input, values, option)` takes
 * all chosen values, and the option that was chosen last.
 */
export function startTypeahead({ search: find, choose: take }) {
  let timer
  let latest = 0

  const search = (input, query) => {
    clearTimeout(timer)
    const minimum = Number(input.dataset.minimum)
    if (query.length < minimum) return showLine(input, `Type ${minimum} or more characters`)
    latest += 1
    const mine = latest
    timer = setTimeout(async () => {
      const options = await find(input, query)
      if (mine !== latest || document.activeElement !== input) return
      if (options === undefined) showLine(input, 'The options could not be loaded')
      else if (options.length === 0) showLine(input, 'No results')
      else
        openWith(
          input,
          options.map((option, index) => optionLine(input, option, index)),
        )
    }, pause)
  }

  const choose = async (input, line) => {
    if (line.dataset.value === undefined) return
    const before = JSON.parse(input.dataset.chosen)
    const isMany = input.dataset.many !== undefined
    const values = isMany ? [...new Set([...before, line.dataset.value])] : [line.dataset.value]
    input.value = isMany ? '' : line.dataset.label
    input.dataset.shown = input.value
    input.dataset.chosen = JSON.stringify(values)
    closeList(input)
    await take(input, values, line.dataset)
  }

  const move = (input, step) => {
    const lines = [...listOf(input).querySelectorAll('li[data-value]')]
    if (lines.length === 0) return
    const current = lines.findIndex((line) => line.getAttribute('aria-selected') === 'true')
    const next = lines[(current + step + lines.length + (current < 0 && step < 0 ? 1 : 0)) % lines.length]
    for (const line of lines) line.setAttribute('aria-selected', String(line === next))
    input.setAttribute('aria-activedescendant', next.id)
    next.scrollIntoView({ block: 'nearest' })
  }

  const isOurs = (target) => target instanceof HTMLElement && target.dataset.do === 'search'

  const searchAnew = (input) => search(input, input.value === input.dataset.shown ? '' : input.value)

  // The focus alone opens nothing: a form that has just opened must not hide its own fields.
  document.addEventListener('focusin', ({ target }) => {
    if (isOurs(target)) target.dataset.shown ??= target.value
  })
  document.addEventListener('click', ({ target }) => {
    if (isOurs(target) && target.getAttribute('aria-expanded') !== 'true') searchAnew(target)
  })
  document.addEventListener('input', ({ target }) => {
    if (isOurs(target)) search(target, target.value)
  })
  document.addEventListener('focusout', ({ target }) => {
    if (!isOurs(target)) return
    closeList(target)
    target.value = target.dataset.shown ?? ''
  })
  document.addEventListener(
    'keydown',
    (event) => {
      const input = event.target
      if (!isOurs(input)) return
      const isOpen = input.getAttribute('aria-expanded') === 'true'
      const active = document.getElementById(input.getAttribute('aria-activedescendant') ?? '')
      if (event.key === 'ArrowDown' && !isOpen) searchAnew(input)
      else if (event.key === 'ArrowDown') move(input, 1)
      else if (event.key === 'ArrowUp') move(input, -1)
      else if (event.key === 'Enter' && isOpen && active !== null) choose(input, active)
      else if (event.key === 'Escape' && isOpen) closeList(input)
      else return
      event.preventDefault()
      event.stopPropagation()
    },
    true,
  )
  // Before `focusout`, which would close the list under the mouse.
  document.addEventListener('mousedown', (event) => {
    const line = event.target.closest('[role=listbox] li')
    if (line === null) return
    event.preventDefault()
    const input = line.closest('.typeahead').querySelector('[data-do=search]')
    choose(input, line)
  })
}
