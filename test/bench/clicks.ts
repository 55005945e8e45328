import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { slackUsers, team } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld } from '../../src/demo/world.ts'
import { median, percentile, type Row } from './figures.ts'
import type { Clicks } from './presser.ts'
import { untilHealthy } from './process.ts'

const people = 50
const rounds = 41

/** Click → acknowledged, p99, fifty owners pressing Approve at the same instant, against an empty Bolt listener. */
export const clickToAck = async (): Promise<Row> => {
  const owners = Array.from({ length: people }, (_, index) => ({ key: `owner-${index}`, id: `U0OWNER${100 + index}` }))
  const world = await startWorld({
    durations: ['1h'],
    more: {
      users: owners.map(({ id, key }) => ({ id, name: key, realName: `Owner ${key.slice(6)}` })),
      people: Object.fromEntries(owners.map(({ id, key }) => [key, { name: key, slack: [`${team.id}/${id}`] }])),
      groups: { databases: ['database-owner', ...owners.map(({ key }) => key)] },
    },
  })
  const port = await freePort()
  const { signingSecret } = world.slackSecrets
  const empty = spawn(process.execPath, [join(import.meta.dirname, 'empty-bolt.ts')], {
    env: { PATH: process.env.PATH, SLACK_SIGNING_SECRET: signingSecret, PORT: String(port) },
    stdio: 'ignore',
  })
  const presser = fork(join(import.meta.dirname, 'presser.ts'))
  try {
    await untilHealthy(`http://127.0.0.1:${port}`)
    const story = storyOf(world, { chapter: () => {}, say: () => {}, proof: () => {} })
    const ours: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      await story.approve(await story.ask('1 hour'))
      const click = world.slack
        .deliveries()
        .findLast(({ body }) => body.includes('block_actions') && body.includes('approve'))
      await story.giveBack()
      if (!click) throw new Error('no click was recorded')
      const bodies = owners.map(({ id }) => `${click.body.replaceAll(slackUsers.databaseOwner.id, id)}`)
      const press = (url: string) => pressing(presser, { url: `${url}/slack/events`, bodies, signingSecret })
      bare.push(...(await press(`http://127.0.0.1:${port}`)))
      ours.push(...(await press(world.latchkey().url)))
    }
    const p99 = (all: number[]) => percentile(all.slice(people), 0.99) // the first round warms both up
    const note = `median ${median(ours).toFixed(1)} against ${median(bare).toFixed(1)} ms`
    return {
      what: 'click → acknowledged, p99, 50 at once',
      ours: p99(ours),
      baseline: p99(bare),
      unit: 'ms',
      goal: 1.5,
      note,
    }
  } finally {
    presser.kill()
    empty.kill()
    await once(empty, 'exit')
    await world.stop()
  }
}

const pressing = async (presser: ChildProcess, clicks: Clicks): Promise<number[]> => {
  const answered = once(presser, 'message')
  presser.send(clicks)
  const [times] = await answered
  return times
}
