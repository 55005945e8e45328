import { timed } from './figures.ts'

/** Requests that are complete and signed, to be sent at the same instant. */
export type Volley = {
  readonly url: string
  readonly deliveries: readonly { readonly headers: Readonly<Record<string, string>>; readonly body: string }[]
}

const send = async (url: string, { headers, body }: Volley['deliveries'][number]): Promise<void> => {
  const answer = await fetch(url, { method: 'POST', headers, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`a delivery was answered with ${answer.status}`)
  if (text.includes('try again') || text.includes('chat with Latchkey')) throw new Error(`no true answer: ${text}`)
}

/** A process of its own, so that what the simulated Teams has to do does not count as waiting. */
process.on('message', async ({ url, deliveries }: Volley) => {
  process.send?.(await Promise.all(deliveries.map((delivery) => timed(() => send(url, delivery)))))
})
