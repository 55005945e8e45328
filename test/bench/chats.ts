import { join } from 'node:path'
import { nodeFlags } from '../../src/demo/latchkey-process.ts'
import { median, type Row } from './figures.ts'
import { openOwnersWorld } from './owners.ts'
import { figuresOf } from './process.ts'

const repetitions = Number(process.env.BENCH_ROUNDS ?? 5)
/** With fifty owners, a thousand presses. */
const rounds = 20

const choices = { slack: 'Slack only', teams: 'Teams only', both: 'Slack and Teams' } as const
type Choice = keyof typeof choices

const units = { ready: 'ms', processor: 'ms', memory: 'MB', busy: 'MB' } as const
type Figure = keyof typeof units

/** Start and memory of a Latchkey in Teams, and in both chats, against one in Slack alone. */
export const startAndMemoryOfChats = async (): Promise<{ rows: readonly Row[] }> => {
  const open = {} as Record<Choice, Awaited<ReturnType<typeof openOwnersWorld>>>
  const figures: Record<Choice, Record<Figure, number[]>> = { slack: none(), teams: none(), both: none() }
  const all = Object.keys(choices) as Choice[]
  try {
    for (const choice of all) {
      open[choice] = await openOwnersWorld(choice)
      await open[choice].world.latchkey().stop()
    }
    for (let repetition = 0; repetition < repetitions; repetition += 1) {
      for (const choice of repetition % 2 === 0 ? all : all.toReversed()) {
        const measuredNow = { busy: Number.NaN, ...(await measured(open[choice])) }
        for (const figure of Object.keys(units) as Figure[]) figures[choice][figure].push(measuredNow[figure])
      }
    }
    const row = (choice: Choice, figure: Figure, what: string): Row => ({
      what: `${what}: ${choices[choice]}, against ${choices.slack}`,
      ours: median(figures[choice][figure]),
      baseline: median(figures.slack[figure]),
      unit: units[figure],
    })
    const others = ['teams', 'both'] as const
    return {
      rows: [
        ...others.map((choice) => row(choice, 'ready', 'start → ready')),
        ...others.map((choice) => row(choice, 'processor', 'processor until ready')),
        ...others.map((choice) => row(choice, 'memory', 'idle memory')),
        ...others.map((choice) => row(choice, 'busy', 'memory after 1,000 presses')),
      ],
    }
  } finally {
    for (const { world } of Object.values(open)) await world.stop()
  }
}

const none = (): Record<Figure, number[]> => ({ ready: [], processor: [], memory: [], busy: [] })

const measured = ({ world, slack, teams }: Awaited<ReturnType<typeof openOwnersWorld>>) => {
  const presses = [slack, teams.map(({ press }) => press)].filter(({ length }) => length > 0)
  const work = async () => {
    for (let round = 0; round < rounds; round += 1)
      await Promise.all((presses[round % presses.length] ?? []).map((press) => press()))
  }
  const environment = {
    LATCHKEY_CONFIG: world.files.config,
    SLACK_BOT_TOKEN: world.slackSecrets.botToken,
    SLACK_SIGNING_SECRET: world.slackSecrets.signingSecret,
    TEAMS_APP_SECRET: world.teamsSecret,
  }
  const command = [...nodeFlags, join(import.meta.dirname, '../../src/launch.cjs'), 'serve']
  return figuresOf(command, world.latchkey().url, environment, work)
}
