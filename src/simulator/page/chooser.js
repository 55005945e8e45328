/** One column per person, shown or hidden. */
export const columns = [...document.querySelectorAll('.column')]

const narrow = matchMedia('(max-width: 720px)')

const chooserOf = (column) => document.querySelector(`.chooser [data-person="${column.dataset.person}"]`)

function show(people) {
  const shown = narrow.matches ? people.slice(0, 1) : people
  for (const column of columns) {
    const isShown = shown.includes(column.dataset.person)
    if (isShown && column.hidden) requestAnimationFrame(() => scrollToEnd(column))
    column.hidden = !isShown
    chooserOf(column).setAttribute('aria-pressed', String(isShown))
    if (isShown) chooserOf(column).querySelector('.dot').hidden = true
  }
  history.replaceState(null, '', `?show=${shown.join(',')}`)
}

function scrollToEnd(column) {
  const messages = column.querySelector('[data-area=messages]')
  messages.scrollTop = messages.scrollHeight
}

const shownPeople = () => columns.filter((column) => !column.hidden).map((column) => column.dataset.person)

document.querySelector('.chooser').addEventListener('click', ({ target }) => {
  const button = target.closest('[data-person]')
  if (button === null) return
  const id = button.dataset.person
  if (narrow.matches) return show([id])
  const now = shownPeople()
  const next = now.includes(id) ? now.filter((other) => other !== id) : [...now, id]
  if (next.length > 0) show(next)
})
narrow.addEventListener('change', () => show(shownPeople()))

/** Marks the button of a person whose column is hidden. */
export function showNews(column) {
  chooserOf(column).querySelector('.dot').hidden = false
}

/** Shows whom the address names, or else the first few. */
export function showAtFirst(count) {
  const wanted = (new URLSearchParams(location.search).get('show') ?? '').split(',')
  const known = columns.map((column) => column.dataset.person)
  const chosen = wanted.filter((id) => known.includes(id))
  show(chosen.length > 0 ? chosen : known.slice(0, count))
}
