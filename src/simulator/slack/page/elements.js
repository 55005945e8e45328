import { act, say } from './talk.js'

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

/** An option of an external menu, as the comboboxes show it. */
const shownOption = ({ value, text, description }) => ({ value, label: text.text, about: description?.text })

/** What comboboxes of external menus do: the app finds the options, and is told what was chosen. */
export const menus = {
  search: async (input, query) => (await use(input, { do: 'search', query })).options?.map(shownOption),
  choose: (input, values) => enter([input], { do: 'choose', values }),
}
