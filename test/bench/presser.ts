import { createHmac } from 'node:crypto'
import { timed } from './figures.ts'

/** Clicks to send at the same instant. */
export type Clicks = { readonly url: string; readonly bodies: readonly string[]; readonly signingSecret: string }

let nonce = 0

const send = async (url: string, body: string, secret: string): Promise<void> => {
  const time = Math.floor(Date.now() / 1000)
  nonce += 1
  const unique = `${body}&unique=${nonce}` // each signature counts once
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${time}:${unique}`).digest('hex')}`
  const answer = await fetch(url, {
    method: 'POST',
    body: unique,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-signature': signature,
      'x-slack-request-timestamp': String(time),
    },
  })
  if (!answer.ok) throw new Error(`a click was answered with ${answer.status}`)
  await answer.text()
}

/** A process of its own, so that what the simulated Slack has to do does not count as waiting. */
process.on('message', async ({ url, bodies, signingSecret }: Clicks) => {
  const times = await Promise.all(bodies.map((body) => timed(() => send(url, body, signingSecret))))
  process.send?.(times)
})
