import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { teamsPath } from '../../src/chat/teams/settings.ts'
import { teamsApp, tenant } from '../../src/demo/chats.ts'
import { freePort } from '../../src/demo/latchkey-process.ts'
import { median, percentile, type Row } from './figures.ts'
import { openOwnersWorld, startNowhere } from './owners.ts'
import { processorTime, untilHealthy } from './process.ts'
import type { Volley } from './sender.ts'

const rounds = 60
const warmingUp = 20

type Tally = { times: number[]; processor: number }
const newTally = (): Tally => ({ times: [], processor: 0 })

/** What fifty people do at the same instant. */
const kinds = {
  press: 'invoke → answered, p99, 50 at once: Approve, which asks back',
  refresh: 'invoke → answered, p99, 50 at once: a card as it is now',
} as const
type Kind = keyof typeof kinds

/** Invoke → answered, against our own checks with an empty handler behind them. */
export const invokeToAnswer = async (): Promise<readonly Row[]> => {
  const world = await openInvokeWorld()
  const empty = await startEmptyGate(world.teamsUrl)
  try {
    const rows: Row[] = []
    for (const kind of Object.keys(kinds) as Kind[]) {
      const ours = newTally()
      const bare = newTally()
      for (let round = 0; round < rounds; round += 1) {
        const deliveries = await world.signed(kind)
        const both = [[ours, world] as const, [bare, empty] as const]
        for (const [tally, { url, pid }] of round % 2 === 0 ? both : both.reverse()) {
          const before = await processorTime(pid)
          const times = await world.send({ url: `${url}${teamsPath}`, deliveries })
          // The first rounds warm both up; the first of all also asks Teams about each account.
          if (round < warmingUp) continue
          tally.times.push(...times)
          tally.processor += (await processorTime(pid)) - before
        }
      }
      const per = ({ times, processor }: Tally) => (processor / times.length).toFixed(2)
      rows.push({
        what: kinds[kind],
        ours: percentile(ours.times, 0.99),
        baseline: percentile(bare.times, 0.99),
        unit: 'ms',
        goal: 1.5,
        note: `median ${median(ours.times).toFixed(1)} against ${median(bare.times).toFixed(1)} ms; processor ${per(ours)} against ${per(bare)} ms for one`,
      })
    }
    return rows
  } finally {
    await empty.stop()
    await world.stop()
  }
}

/** Fifty owners in the simulated Teams, whose invokes are signed before they are sent. */
export const openInvokeWorld = async (environment: Readonly<Record<string, string>> = {}) => {
  const { world, teams: owners } = await openOwnersWorld('teams', environment)
  const { teams } = world
  if (!teams) throw new Error('the world has no Teams')
  const sender = fork(join(import.meta.dirname, 'sender.ts'))
  const nowhere = await startNowhere()
  const { url } = world.latchkey()
  return {
    url,
    pid: world.latchkey().pid,
    teamsUrl: teams.url,
    /** An invoke of each owner, signed by the simulated Teams. Latchkey has not seen any. */
    signed: async (kind: Kind): Promise<Volley['deliveries']> => {
      const before = teams.deliveries().length
      teams.setMessagingEndpoint(nowhere.url)
      for (const owner of owners) await owner[kind]()
      teams.setMessagingEndpoint(`${url}${teamsPath}`)
      const signed = teams.deliveries().slice(before)
      return signed.map(({ headers, body }) => ({ headers, body }))
    },
    /** Milliseconds until each was answered. */
    send: (volley: Volley) => sending(sender, volley),
    stop: async () => {
      sender.kill()
      nowhere.close()
      await world.stop()
    },
  }
}

const startEmptyGate = async (teamsUrl: string) => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(process.execPath, [join(import.meta.dirname, 'empty-gate.ts')], {
    env: {
      ...{ PATH: process.env.PATH, PORT: String(port) },
      ...{ TEAMS_URL: teamsUrl, TEAMS_APP: teamsApp.id, TEAMS_TENANT: tenant.id },
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  await untilHealthy(url)
  const stop = async () => {
    child.kill()
    await once(child, 'exit')
  }
  return { url, pid: child.pid ?? 0, stop }
}

const sending = async (sender: ChildProcess, volley: Volley): Promise<number[]> => {
  const answered = once(sender, 'message')
  sender.send(volley)
  const [times] = await answered
  return times
}
