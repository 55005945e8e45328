import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { slackUsers, team } from '../../src/demo/example.ts'
import { startWorld } from '../../src/demo/world.ts'
import { signatureOf } from '../../src/simulator/slack/signing.ts'
import { median, percentile, type Row, timed } from './figures.ts'
import type { Hold } from './holder.ts'
import { residentMegabytes } from './process.ts'

const connections = 900
const rounds = 200

/** Memory and acknowledgements while strangers hold connections in the middle of a body, against none held. */
export const heldConnections = async (): Promise<readonly Row[]> => {
  const world = await startWorld()
  const { url, pid } = world.latchkey()
  const holder = fork(join(import.meta.dirname, 'holder.ts'))
  let unique = 0
  const command = async (): Promise<void> => {
    unique += 1
    const fields = {
      command: '/vault',
      team_id: team.id,
      user_id: slackUsers.developer.id,
      trigger_id: 't',
      text: 'help',
    }
    const body = new URLSearchParams({ ...fields, response_url: `${world.slack.url}/commands/x/${unique}` }).toString()
    const time = Math.floor(Date.now() / 1000)
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-request-timestamp': String(time),
      'x-slack-signature': signatureOf(world.slackSecrets.signingSecret, time, body),
    }
    const answer = await fetch(`${url}/slack/events`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`a command was answered with ${answer.status}`)
  }
  const look = async () => {
    const times: number[] = []
    let memory = 0
    for (let round = 0; round < rounds; round += 1) {
      times.push(await timed(command))
      memory = Math.max(memory, await residentMegabytes({ pid }))
    }
    return { times, memory }
  }
  try {
    await look() // warms up
    const idle = await look()
    holder.send({ port: Number(new URL(url).port), connections, bytes: 1024 * 1024 - 1 } satisfies Hold)
    await once(holder, 'message')
    const held = await look()
    return [
      {
        what: `most memory while ${connections} bodies are held, above the most without`,
        ours: held.memory - idle.memory,
        baseline: 100,
        unit: 'MB',
        goal: 1,
      },
      {
        what: `command → acknowledged, median, while ${connections} bodies are held`,
        ours: median(held.times),
        baseline: median(idle.times),
        unit: 'ms',
        goal: 2,
        note: `p99 ${percentile(held.times, 0.99).toFixed(1)} against ${percentile(idle.times, 0.99).toFixed(1)} ms`,
      },
    ]
  } finally {
    holder.kill()
    await world.stop()
  }
}
