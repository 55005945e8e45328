/** Posts JSON to the simulator and returns its answer. */
export async function send(path, body) {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body), keepalive: true })
  return response.json().catch(() => ({ error: 'the simulator did not understand' }))
}

/** Does something as the person of a column, and remembers how new the column must be to show it. */
export async function act(column, action) {
  const answer = await send(`/sim/people/${column.dataset.person}`, action)
  column.dataset.revision = String(answer.revision ?? 0)
  return answer
}

/** Which surface an element stands on. */
function placeOf(element) {
  if (element.closest('.modal')) return 'modal'
  if (element.closest('[data-home]')) return 'home'
  const { channel, ts } = element.closest('.message').dataset
  return { channel, ts }
}

/** Sends what was done to an element, and shows what the simulator says about it. */
export async function use(touched, action) {
  // A redraw may have put another element in its place meanwhile.
  const element = touched.isConnected ? touched : document.getElementById(touched.id)
  if (element === null) return { ok: true }
  const column = element.closest('.column')
  const { block, element: id } = element.dataset
  const answer = await act(column, { place: placeOf(element), block, element: id, ...action })
  if (answer.error !== undefined && answer.ok === undefined && action.do !== 'search') say(column, answer.error)
  return answer
}

const underway = new Set()

/** Resolves when everything entered so far has arrived. */
export const allArrived = () => Promise.all(underway)

/** Sends what was entered into these inputs; until it has arrived, a redraw must not undo it. */
export async function enter(inputs, action) {
  const entered = inputs.map(({ value }) => value)
  for (const input of inputs) input.dataset.unsent = 'yes'
  const sending = use(inputs[0], action)
  underway.add(sending)
  const answer = await sending
  underway.delete(sending)
  for (const [index, { id }] of inputs.entries()) {
    const input = document.getElementById(id)
    if (input?.value === entered[index]) delete input.dataset.unsent
  }
  return answer
}

/** Shows a line in the open modal, or under the composer. */
export function say(column, words) {
  const line = column.querySelector('.modal .trouble') ?? column.querySelector('.composer-hint')
  line.textContent = words
}
