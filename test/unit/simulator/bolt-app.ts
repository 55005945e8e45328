import { App, type Logger, LogLevel } from '@slack/bolt'
import type { SimulatorOptions } from '../../../src/simulator/slack/options.ts'
import { type SlackSimulator, startSlackSimulator } from '../../../src/simulator/slack/simulator.ts'

export const developer = 'U0DEVELOPER'
export const lead = 'U0LEAD'

/** Options of a small workspace with two people. */
export const simulatorOptions: SimulatorOptions = {
  signingSecret: 'a secret of this test',
  botToken: 'xoxb-of-this-test',
  appToken: 'xapp-of-this-test',
  team: { id: 'T0TEAM', name: 'Example team', domain: 'example' },
  people: [
    { id: developer, name: 'developer', realName: 'Developer on call', email: 'developer@example.com' },
    { id: lead, name: 'lead', realName: 'Team lead', email: 'lead@example.com' },
  ],
  channels: [
    { id: 'C0OPEN', name: 'access', members: ['U0LATCHBOT', developer, lead] },
    { id: 'C0ELSE', name: 'elsewhere', members: [developer] },
  ],
  userGroups: [{ id: 'S0OWNERS', handle: 'owners', name: 'Owners', users: [lead] }],
  command: { name: '/vault', hint: 'request' },
}

/** Keeps the expected failures of these tests out of their output. */
export const silence: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  setLevel: () => {},
  getLevel: () => LogLevel.ERROR,
  setName: () => {},
}

/** A simulator with a real Bolt app that talks to it over signed HTTP. */
export type Pair = { slack: SlackSimulator; app: App; stop(): Promise<void> }

/** Starts both and introduces them to each other. */
export async function startPair(options: Partial<SimulatorOptions> = {}): Promise<Pair> {
  const merged = { ...simulatorOptions, ...options }
  const slack = await startSlackSimulator(merged)
  const app = new App({
    token: merged.botToken,
    signingSecret: merged.signingSecret,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true },
    logger: silence,
    deferInitialization: true,
  })
  app.error(async () => {})
  await app.init()
  const server = await app.start({ port: 0, host: '127.0.0.1' })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the app has no port')
  slack.setRequestUrl(`http://127.0.0.1:${address.port}/slack/events`)
  return {
    slack,
    app,
    async stop() {
      await app.stop()
      await slack.close()
    },
  }
}
