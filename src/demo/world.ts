import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Panel } from '../simulator/page/panels.ts'
import { type SlackSimulator, startSlackSimulator } from '../simulator/slack/simulator.ts'
import type { TeamsSimulator } from '../simulator/teams/simulator.ts'
import { type AdminCall, adminCall, untilMountAnswers } from './admin-call.ts'
import { accountsIn, type ChatChoice, channelIn, hasSlack, hasTeams, teamsApp, tenant } from './chats.ts'
import { channel, command, examplePeople, type More, slackUsers, team, writeExamples } from './example.ts'
import { freePort, type LatchkeyProcess, launchLatchkey } from './latchkey-process.ts'
import { type OpenBaoServer, startOpenBao } from './openbao.ts'
import { type Preparation, type PreparedVault, prepareVault } from './prepare-vault.ts'
import { hasHomeTab } from './slack-app.ts'
import { startTeams } from './start-teams.ts'

/** Everything for a story: a real vault, simulated chats, and a real Latchkey between them. */
export type World = {
  readonly vault: OpenBaoServer
  readonly prepared: PreparedVault
  readonly admin: AdminCall
  readonly slack: SlackSimulator
  /** The secrets that Latchkey and Slack share. */
  readonly slackSecrets: { readonly signingSecret: string; readonly botToken: string; readonly appToken: string }
  /** Where people are; Slack's simulator runs in any case. */
  readonly chat: ChatChoice
  readonly teams?: TeamsSimulator
  readonly teamsSecret: string
  /** The channel that gets a copy of each card, where the integration has one. */
  readonly channel: ReturnType<typeof channelIn>
  /** The Latchkey that runs now. */
  latchkey(): LatchkeyProcess
  /** Starts a new Latchkey on the same database and configuration, after `latchkey().kill()` or `.stop()`. */
  restart(): Promise<LatchkeyProcess>
  /** Kills Latchkey at once, even before it is ready. */
  kill(): Promise<void>
  readonly folder: string
  readonly files: { readonly config: string; readonly people: string; readonly database: string; readonly log: string }
  stop(): Promise<void>
}

export type WorldOptions = {
  readonly onProgress?: (line: string) => void
  /** Where people are; Slack by default. */
  readonly chat?: ChatChoice
  /** The lengths of access on offer, such as `20s`. */
  readonly durations?: readonly string[]
  /** Further settings, merged into the top level of the configuration file and into its integration. */
  readonly settings?: object
  readonly integration?: object
  readonly preparation?: Preparation
  /** The configured integrations, derived from the example. */
  readonly integrations?: (example: ExampleIntegration) => readonly object[]
  readonly more?: More
  /** The only other origin that may show the pages of the chats in frames. */
  readonly framedBy?: string
  readonly panels?: (world: Pick<World, 'admin' | 'files' | 'prepared'>) => () => Promise<Panel[]>
  /** A running server, which keeps running; by default the world starts its own. */
  readonly vault?: OpenBaoServer
  /** The address of the vault for Latchkey, when a faulty proxy stands between. */
  readonly vaultAddress?: (real: string) => Promise<string>
  /** The same for Slack's Web API. */
  readonly slackApiUrl?: (real: string) => Promise<string>
  /** The same for Teams, with its signing keys and tokens. */
  readonly teamsUrl?: (real: string) => Promise<string>
  /** Latchkey opens the connection to Slack, instead of HTTP from Slack. */
  readonly isSocketMode?: boolean
  readonly simulatorPort?: number
  readonly teamsPort?: number
  readonly port?: number
  readonly environment?: Readonly<Record<string, string>>
  /** Milliseconds between two messages in one channel of Slack, which refuses what comes sooner. */
  readonly messagesApart?: number
}

/** Starts all three parts in a temporary folder. Every failure stops all parts. */
export const startWorld = async (options: WorldOptions = {}): Promise<World> => {
  const { onProgress = () => {}, chat = 'slack' } = options
  const endings: (() => Promise<unknown>)[] = []
  const stop = async () => {
    for (const end of endings.splice(0).reverse()) await end()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-'))
    endings.push(() => rm(folder, { recursive: true, force: true }))
    const files = {
      config: join(folder, 'latchkey.yaml'),
      people: join(folder, 'people.yaml'),
      database: join(folder, 'latchkey.sqlite'),
      log: join(folder, 'latchkey.log'),
    }
    const vault = options.vault ?? (await startOpenBao({ onProgress }))
    if (!options.vault) endings.push(vault.stop)
    const { address } = vault
    const admin = adminCall(vault)
    const credentialsFolder = join(folder, 'credentials')
    const prepared = await prepareVault({ ...vault, credentialsFolder }, options.preparation, onProgress)
    await Promise.all(prepared.kvMounts.map((mount) => untilMountAnswers(admin, mount)))
    const { more = {} } = options
    await writeExamples(admin, more.secrets)
    const users = [...Object.values(slackUsers), ...(more.users ?? [])]

    const slackSecrets = {
      signingSecret: randomBytes(16).toString('hex'),
      botToken: `xoxb-${randomBytes(12).toString('hex')}`,
      appToken: `xapp-${randomBytes(12).toString('hex')}`,
    }
    const teamsSecret = randomBytes(16).toString('hex')
    const panels = options.panels?.({ admin, files, prepared })
    const slack = await startSlackSimulator({
      ...slackSecrets,
      ...{ team, command, hasHomeTab: hasHomeTab(), messagesApart: options.messagesApart ?? 0 },
      ...(options.isSocketMode && { socketMode: true }),
      people: users,
      channels: [{ ...channel, members: ['U0LATCHBOT', ...users.map(({ id }) => id)] }],
      ...(options.simulatorPort !== undefined && { port: options.simulatorPort }),
      ...(panels && { extraPanels: panels }),
      ...(options.framedBy && { framedBy: options.framedBy }),
    })
    endings.push(slack.close)
    const teams = hasTeams(chat)
      ? await startTeams({
          ...{ users, appSecret: teamsSecret, panels, framedBy: options.framedBy },
          ...{ port: options.teamsPort, address: options.teamsUrl },
        })
      : undefined
    if (teams) endings.push(teams.simulator.close)

    const port = options.port ?? (await freePort())
    const url = `http://127.0.0.1:${port}`
    const vaultAddress = (await options.vaultAddress?.(address)) ?? address
    const apiUrl = (await options.slackApiUrl?.(slack.apiUrl)) ?? slack.apiUrl
    const people = {
      people: accountsIn(chat, { ...examplePeople.people, ...more.people }),
      groups: { ...examplePeople.groups, ...more.groups },
    }
    await writeFile(files.people, JSON.stringify(people, null, 2))
    await writeFile(
      files.config,
      JSON.stringify(
        configuration({
          options,
          chat,
          files,
          url,
          port,
          apiUrl,
          teamsUrl: teams?.url,
          vaultAddress,
          prepared,
          address,
        }),
        null,
        2,
      ),
    )
    slack.setRequestUrl(`${url}/slack/events`)
    teams?.simulator.setMessagingEndpoint(`${url}/teams/messages`)
    const launch = () => {
      const environment = {
        SLACK_BOT_TOKEN: slackSecrets.botToken,
        SLACK_SIGNING_SECRET: slackSecrets.signingSecret,
        SLACK_APP_TOKEN: slackSecrets.appToken,
        TEAMS_APP_SECRET: teamsSecret,
        ...options.environment,
      }
      return launchLatchkey({ configFile: files.config, url, environment, logFile: files.log })
    }
    onProgress('Starting Latchkey.')
    let latchkey = launch() // the newest, ready or not
    endings.push(() => latchkey.stop())
    await latchkey.ready
    await teams?.install()
    const restart = async () => {
      latchkey = launch()
      await latchkey.ready
      return latchkey
    }
    const control = { latchkey: () => latchkey, restart, kill: () => latchkey.kill(), stop }
    const chats = { slack, slackSecrets, teamsSecret, chat, channel: channelIn(chat) }
    return { vault, prepared, admin, ...chats, ...(teams && { teams: teams.simulator }), folder, files, ...control }
  } catch (error) {
    await stop()
    throw error
  }
}

type Parts = {
  options: WorldOptions
  chat: ChatChoice
  teamsUrl: string | undefined
  files: World['files']
  url: string
  port: number
  apiUrl: string
  vaultAddress: string
  address: string
  prepared: PreparedVault
}

/** Whether the integration has the channel of the example, which is in another chat where the owners are in another. */
const isExampleChannel = ({ integration }: WorldOptions): boolean =>
  integration !== undefined && 'channel' in integration && integration.channel === channel.id

type ExampleIntegration = ReturnType<typeof exampleIntegration>

/** The configuration file as an operator would write it (JSON is YAML too). */
const configuration = (parts: Parts) => ({
  listen: { host: '127.0.0.1', port: parts.port },
  database: parts.files.database,
  people: parts.files.people,
  link: { baseUrl: parts.url },
  ...(hasSlack(parts.chat) && {
    slack: { mode: parts.options.isSocketMode ? 'socket' : 'http', tenants: [team.id], apiUrl: parts.apiUrl },
  }),
  ...(parts.teamsUrl && {
    teams: { app: teamsApp.id, tenant: tenant.id, simulatorUrl: parts.teamsUrl, rateLimits: false },
  }),
  // One person in a story does more in a minute than a real person in a day.
  limits: Object.fromEntries(limits.map((name) => [name, 100_000])),
  reconcile: { discoverEvery: '5s', driftEvery: '10s', wake: '2s', claim: '30s' },
  ...parts.options.settings,
  integrations: parts.options.integrations?.(exampleIntegration(parts)) ?? [exampleIntegration(parts)],
})

const limits = ['openRequests', 'requestsAnHour', 'refusalsAnHour', 'searchesAMinute', 'callsAMinute']

const exampleIntegration = ({ options, chat, vaultAddress, address, prepared }: Parts) => ({
  name: 'example',
  requesters: ['group:engineers'],
  owner: ['group:platform'],
  resourceOwner: { key: 'owner', allow: ['group:databases'] },
  durations: options.durations ?? ['15m', '1h', '4h'],
  decideWithin: '8h',
  ...options.integration,
  ...(isExampleChannel(options) && { channel: { [channelIn(chat).platform]: channelIn(chat).id } }),
  vault: {
    internalUrl: vaultAddress,
    externalUrl: address,
    credentials: { folder: prepared.credentialsFolder },
    namePrefix: prepared.prefix,
    kvMounts: prepared.kvMounts,
    transitMounts: prepared.transitMounts,
    userpassMount: prepared.userpassMount,
    approleMount: prepared.appRoleMount,
    approleRole: prepared.roleName,
    ...(options.preparation?.lends && { contained: options.preparation.lends }),
  },
})
