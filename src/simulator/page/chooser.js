/** One column per person, shown or hidden. */
export const columns = [...document.querySelectorAll('.column')]

/** A frame of another page shows the columns alone. */
const isBare = new URLSearchParams(location.search).has('bare')
document.body.classList.toggle('bare', isBare)

const main = document.querySelector('.columns')
/** As in the style sheet: the least width of a column, and the gap between two. */
const [least, gap] = [270, 12]
const chooserOf = (column) => document.querySelector(`.chooser [data-person="${column.dataset.person}"]`)

/** How many columns the window holds whole; a phone holds one. */
const room = () => Math.max(1, Math.floor((main.clientWidth - gap) / (least + gap)))

/** Who is wanted, the one used last at the end; of those, the last ones for whom there is room are shown. */
let wanted = []
const shownPeople = () => wanted.slice(-room())

function show(people) {
  wanted = people
  const shown = shownPeople()
  for (const column of columns) {
    const isShown = shown.includes(column.dataset.person)
    if (isShown && column.hidden) requestAnimationFrame(() => scrollToEnd(column))
    column.hidden = !isShown
    chooserOf(column).setAttribute('aria-pressed', String(isShown))
    if (isShown) chooserOf(column).querySelector('.dot').hidden = true
  }
  history.replaceState(null, '', `?show=${shown.join(',')}${isBare ? '&bare' : ''}`)
}

function scrollToEnd(column) {
  const messages = column.querySelector('[data-area=messages]')
  messages.scrollTop = messages.scrollHeight
}

document.querySelector('.chooser').addEventListener('click', ({ target }) => {
  const button = target.closest('[data-person]')
  if (button === null) return
  const id = button.dataset.person
  const now = shownPeople()
  const next = now.includes(id) ? now.filter((other) => other !== id) : [...now, id]
  if (next.length > 0) show(next)
})
addEventListener('resize', () => show(wanted))

// Who was used last stays in a window that becomes narrow.
document.addEventListener('focusin', ({ target }) => {
  const id = target.closest('.column')?.dataset.person
  if (id !== undefined) wanted = [...wanted.filter((other) => other !== id), id]
})

/** Marks the button of a person whose column is hidden. */
export function showNews(column) {
  chooserOf(column).querySelector('.dot').hidden = false
}

/** Shows whom the address names, or else the first few. */
export function showAtFirst(count) {
  const named = (new URLSearchParams(location.search).get('show') ?? '').split(',')
  const known = columns.map((column) => column.dataset.person)
  const chosen = named.filter((id) => known.includes(id))
  show(chosen.length > 0 ? chosen : known.slice(0, Math.min(count, room())))
}
