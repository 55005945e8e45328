import { slackUsers } from '../../src/demo/example.ts'
import { startWorld } from '../../src/demo/world.ts'
import { signHere, signingProxy } from '../support/signing-proxy.ts'
import { newTerminalKey } from '../support/terminal-key.ts'
import { until } from './bench-world.ts'
import { median, percentile, type Row } from './figures.ts'

const rounds = 120
const warmingUp = 20

/** Submit (by API) → the owner's card is posted in Slack, against one bare `chat.postMessage`, in turns. */
export const submitToPosted = async (): Promise<Row> => {
  const most = 100_000
  const limits = { openRequests: most, requestsAnHour: most, searchesAMinute: most, callsAMinute: most }
  const world = await startWorld({ durations: ['1h'], settings: { limits } })
  const { slack, slackSecrets } = world
  const key = newTerminalKey()
  const url = world.latchkey().url
  const { token, channel } = await signedIn()
  const proxy = await signingProxy(url, key, () => token)

  async function signedIn() {
    const post = async (path: string, body: object) => {
      const to = `${url}/api/v1/sessions${path}`
      const headers = { 'content-type': 'application/json', dpop: key.proof({ url: to }) }
      // biome-ignore lint/suspicious/noExplicitAny: fields of two answers
      return (await (await fetch(to, { method: 'POST', headers, body: JSON.stringify(body) })).json()) as any
    }
    const developer = slack.person(slackUsers.developer.id)
    const { id, code } = await post('/start', { key: key.thumbprint, host: 'bench' })
    await developer.command(`terminal ${code}`)
    await slack.until(() => developer.view(), 60_000)
    await developer.submit()
    const { access_token } = await until(async () => {
      const answer = await post('/token', { grant_type: 'device_code', id })
      return answer.access_token === undefined ? undefined : answer
    }, 100)
    return { token: String(access_token), channel: slackUsers.developer.id }
  }
  const call = async (path: string, body?: object) => {
    const headers = { authorization: signHere, ...(body && { 'content-type': 'application/json' }) }
    const sent = body && { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(`${proxy.url}/api/v1${path}`, { headers, ...sent })
    // biome-ignore lint/suspicious/noExplicitAny: fields of several answers
    const json = (await answer.json()) as any
    if (!answer.ok) throw new Error(JSON.stringify(json))
    return json
  }
  /** Whether a message with these words was posted, among those after the first `known`. */
  const isPosted = (words: string, known: number) =>
    slack
      .calls('chat.postMessage')
      .slice(known)
      .some((posted) => JSON.stringify(posted).includes(words))
  try {
    const [found] = (await call('/resources?text=orders%20database')).items
    const wish = { vault: found.vault, items: [{ resource: found.id, permission: 'read' }], duration: '1h' }
    const ours: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const reason = `The orders queue is stuck, round ${round}.`
      const known = slack.calls('chat.postMessage').length
      const start = performance.now()
      const { id } = await call('/requests', { ...wish, reason })
      await until(async () => (isPosted(reason, known) ? true : undefined))
      const took = performance.now() - start
      await call(`/requests/${id}/cancel`, {})
      const bareStart = performance.now()
      const answer = await fetch(`${slack.apiUrl}chat.postMessage`, {
        method: 'POST',
        headers: { authorization: `Bearer ${slackSecrets.botToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ channel, text: 'bare' }),
      })
      await answer.json()
      const bareTook = performance.now() - bareStart
      if (round < warmingUp) continue
      ours.push(took)
      bare.push(bareTook)
    }
    return {
      what: 'submit by API → card posted in Slack, p99',
      ...{ ours: percentile(ours, 0.99), baseline: percentile(bare, 0.99), unit: 'ms' },
      note: `median ${median(ours).toFixed(1)} against ${median(bare).toFixed(1)} ms, for one bare chat.postMessage`,
    }
  } finally {
    await proxy.stop()
    await world.stop()
  }
}
