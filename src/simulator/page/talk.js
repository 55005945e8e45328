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

/** Shows a line in the open modal, or under the composer. */
export function say(column, words) {
  const line = column.querySelector('.modal .trouble') ?? column.querySelector('.composer-hint')
  line.textContent = words
}
