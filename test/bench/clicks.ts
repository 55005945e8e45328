import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { slackUsers, team } from '../../src/demo/example.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { storyOf } from '../../src/demo/tour.ts'
import { startWorld } from '../../src/demo/world.ts'
import { median, percentile, type Row } from './figures.ts'
import { addHistory } from './history.ts'
import type { Clicks } from './presser.ts'
import { untilHealthy } from './process.ts'

const people = 50
const rounds = 41
const p99 = (all: number[]) => percentile(all.slice(people), 0.99) // the first round warms both up

/** Click → acknowledged, p99, fifty owners pressing Approve at the same instant, against an empty Bolt listener. */
export const clickToAck = async (): Promise<Row> => {
  const world = await openClickWorld()
  const empty = await startEmptyBolt(world.signingSecret)
  try {
    const ours: number[] = []
    const bare: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const bodies = await world.newClicks()
      bare.push(...(await world.press(bodies, empty.url)))
      ours.push(...(await world.press(bodies)))
    }
    return {
      what: 'click → acknowledged, p99, 50 at once',
      ours: p99(ours),
      baseline: p99(bare),
      unit: 'ms',
      goal: 1.5,
      note: `median ${median(ours).toFixed(1)} against ${median(bare).toFixed(1)} ms`,
    }
  } finally {
    await empty.stop()
    await world.stop()
  }
}

/** The same with a long history of requests in the database, against a short one. */
export const clickToAckAfter = async (long: number, short: number): Promise<Row> => {
  const worlds = [await openClickWorld(long), await openClickWorld(short)] as const
  try {
    const times: readonly [number[], number[]] = [[], []]
    for (let round = 0; round < rounds; round += 1) {
      for (const which of [0, 1] as const) {
        times[which].push(...(await worlds[which].press(await worlds[which].newClicks())))
      }
    }
    const [ours, baseline] = [p99(times[0]), p99(times[1])]
    return { what: 'click → acknowledged, p99, 50 at once', ours, baseline, unit: 'ms', goal: 1.2 }
  } finally {
    for (const world of worlds) await world.stop()
  }
}

/** A whole Latchkey with a simulated Slack and fifty owners. */
const openClickWorld = async (past = 0) => {
  const owners = Array.from({ length: people }, (_, index) => ({ key: `owner-${index}`, id: `U0OWNER${100 + index}` }))
  const world = await startWorld({
    durations: ['1h'],
    more: {
      users: owners.map(({ id, key }) => ({ id, name: key, realName: `Owner ${key.slice(6)}` })),
      people: Object.fromEntries(owners.map(({ id, key }) => [key, { name: key, slack: [`${team.id}/${id}`] }])),
      groups: { databases: ['database-owner', ...owners.map(({ key }) => key)] },
    },
  })
  const { signingSecret } = world.slackSecrets
  const presser = fork(join(import.meta.dirname, 'presser.ts'))
  const story = storyOf(world, { chapter: () => {}, say: () => {}, proof: () => {} })
  if (past > 0) {
    await story.approve(await story.ask('1 hour'))
    await story.giveBack()
    await world.latchkey().stop()
    addHistory(world.files.database, past, ['developer', ...owners.map(({ key }) => key)])
    await world.restart()
  }
  return {
    signingSecret,
    /** A press of Approve by each owner, on a new request. */
    newClicks: async (): Promise<readonly string[]> => {
      await story.approve(await story.ask('1 hour'))
      const isApprove = ({ body }: { body: string }) => body.includes('block_actions') && body.includes('approve')
      const click = world.slack.deliveries().findLast(isApprove)
      await story.giveBack()
      if (!click) throw new Error('no click was recorded')
      return owners.map(({ id }) => `${click.body.replaceAll(slackUsers.databaseOwner.id, id)}`)
    },
    /** Milliseconds until each was acknowledged. */
    press: (bodies: readonly string[], url = world.latchkey().url) =>
      pressing(presser, { url: `${url}/slack/events`, bodies, signingSecret }),
    stop: async () => {
      presser.kill()
      await world.stop()
    },
  }
}

const startEmptyBolt = async (signingSecret: string) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [join(import.meta.dirname, 'empty-bolt.ts')], {
    env: { PATH: process.env.PATH, SLACK_SIGNING_SECRET: signingSecret, PORT: String(port) },
    stdio: 'ignore',
  })
  await untilHealthy(url)
  const stop = async () => {
    child.kill()
    await once(child, 'exit')
  }
  return { url, stop }
}

/** Presses all at the same instant, and gives the milliseconds until each was acknowledged. */
export const pressing = async (presser: ChildProcess, clicks: Clicks): Promise<number[]> => {
  const answered = once(presser, 'message')
  presser.send(clicks)
  const [times] = await answered
  return times
}
