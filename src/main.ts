import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { awayParts } from './app/away.ts'
import { checkHolders } from './app/check-holders.ts'
import { confirmFetchLink } from './app/confirm-fetch-link.ts'
import type { Deps, Log } from './app/deps.ts'
import { type Health, newHealth } from './app/health.ts'
import { journalNames } from './app/journal-names.ts'
import { lookAtFetchLink, redeemFetchLink, reportFetchLink } from './app/redeem-fetch-link.ts'
import { reloadDirectory } from './app/reload-directory.ts'
import { revealCredential } from './app/reveal-credential.ts'
import { sayBlocked } from './app/say-blocked.ts'
import { useCases } from './app/use-cases.ts'
import { warnOfRemoved } from './app/warn-of-removed.ts'
import { startWorker } from './app/worker.ts'
import { slackChat } from './chat/slack/app.ts'
import { systemClock } from './clock.ts'
import { type Config, ConfigError, readConfig } from './config/read.ts'
import { connectors } from './connectors/index.ts'
import { openPeopleFile } from './directory/people-file.ts'
import { system } from './domain/audit-event.ts'
import type { IntegrationId } from './domain/ids.ts'
import { seconds, timestamp } from './domain/time.ts'
import { readiness } from './http/readiness.ts'
import { startServer } from './http/server.ts'
import { keepConnecting } from './keep-connecting.ts'
import { newLog } from './log.ts'
import { newOperations } from './operations.ts'
import { openOutbound } from './outbound.ts'
import type { ChatPlatform, Clock, Integrations, SignIn } from './ports.ts'
import { endTogether } from './stop.ts'
import { openJournal } from './store/sqlite/journal.ts'
import { openSqliteStore } from './store/sqlite/store.ts'
import { printableLines } from './terminal.ts'

export type Latchkey = { readonly url: string; stop(): Promise<void> }

/** 128 random bits, hex: fits into names at the vault, which are lower case. */
const newId = (): string => randomBytes(16).toString('hex')
/** How long a request's signature is remembered, milliseconds: twice as long as it could be replayed. */
const remembered = 600_000

const newNonce = (): string => randomBytes(32).toString('base64url')
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Builds everything and starts it. Nothing outside is called before the configuration is known to be whole. */
export const startLatchkey = async (config: Config, log: Log): Promise<Latchkey> => {
  if (config.database !== ':memory:') mkdirSync(dirname(config.database), { recursive: true, mode: 0o700 })
  const directory = await openPeopleFile(config.people)
  const clock = systemClock
  const outbound = created('caFile', () => openOutbound(config))
  if (config.proxy)
    log.info(
      { proxy: config.proxy.address, except: config.proxy.except },
      'calls go through a proxy, but not to vaults',
    )
  const operations = await newOperations(config, outbound.fetch)
  const journal = config.journal === undefined ? undefined : openJournal(config.journal, clock.now)
  const opened = await openSqliteStore({ file: config.database, newId, onBlocked: sayBlocked(log) })
  const store = operations.watchStore(journal ? journalNames(opened, journal, clock) : opened)
  const instance = await store.instance()

  const integrations: Map<
    IntegrationId,
    Integrations extends ReadonlyMap<IntegrationId, infer Entry> ? Entry : never
  > = new Map()
  const closers: (() => Promise<void>)[] = [outbound.close]
  for (const { integration, kind, params } of config.integrations) {
    const { id } = integration
    const warn = (fields: object, message: string) => log.warn({ integration: id, ...fields }, message)
    const connector = created(`integration ${id}`, () =>
      connectors.vault.create({ params, integration: id, instance, clock, log: { warn } }),
    )
    integrations.set(id, { integration, connector: operations.watchConnector(connector) })
    closers.push(connector.close)
    log.info({ integration: id, kind }, 'integration configured')
  }
  const platforms = new Map<string, ChatPlatform>()
  let nudge = () => {}
  let health: Health | undefined
  const deps: Deps = {
    store,
    directory,
    integrations,
    platforms,
    clock,
    newId,
    newNonce,
    hash,
    random: Math.random,
    nudge: () => nudge(),
    troubleAt: (integration) => health?.trouble(integration),
    log,
    settings: {
      linkBase: config.link.baseUrl,
      linkInMessage: config.link.inMessage,
      linkConfirm: config.link.confirm,
      revokeOnMisuse: config.link.revokeOnMisuse,
      limits: config.limits,
      ...config.reconcile,
    },
  }
  health = newHealth(deps)
  const verbs = useCases(deps, health)
  const slack =
    config.slack &&
    slackChat({
      outbound,
      useCases: verbs,
      directory,
      settings: config.slack,
      clock,
      log,
      newId,
      isFirstSight: (signature) => store.isFirstSight(signature, clock.now(), timestamp(clock.now() - remembered)),
    })
  if (slack) platforms.set(slack.platform.name, slack.platform)

  await store.releaseClaims()
  await warnOfRemoved(deps)
  await checkHolders(deps)({ isChanged: true })
  const at = clock.now()
  await store.audit([
    { at, kind: 'started', actor: system, detail: { instance, integrations: [...integrations.keys()].join(', ') } },
    { at, kind: 'directory-loaded', actor: system, detail: { hash: directory.hash } },
  ])
  await health.resume()
  const worker = startWorker(deps, health, {
    ...config.reconcile,
    reloadDirectory: reloadDirectory(deps, directory),
    ...(journal && { journal }),
    keep: config.keep,
  })
  nudge = worker.nudge
  const chat = slack && keepConnecting(slack, deps)
  const signIn = await signInOf(config, clock, outbound.fetch)
  const checks = {
    database: async () => (await store.auditHead()) && store.blockedSince() === undefined,
    ...(chat && { slack: async () => chat.isConnected() }),
    ...(signIn && { 'sign-in': signIn.check }),
    ...Object.fromEntries(
      [...integrations.keys()].map((id) => [
        `integration ${id}`,
        async () => worker.isDiscovered(id) && health.trouble(id) === undefined,
      ]),
    ),
  }
  const server = await startServer({
    ...config.listen,
    slack: slack?.requestListener,
    fetch: {
      lookAtLink: lookAtFetchLink(deps),
      redeemLink: redeemFetchLink(deps),
      reportLink: reportFetchLink(deps),
      confirmLink: confirmFetchLink(deps),
      revealCredential: revealCredential(deps),
    },
    publicUrl: config.link.baseUrl,
    clock,
    signIn,
    readiness: checks,
    away: () => awayParts(deps),
    log,
  })
  const running = await operations.start(deps, { url: server.url, instance, waitingFor: readiness(checks) })
  log.info({ url: server.url }, 'ready')
  return {
    url: server.url,
    stop: async () => {
      // Supervisors kill after ten to thirty seconds. What is not done by then is handed back, and nothing is lost.
      await endTogether(deps, seconds(9), {
        'control socket': running.close,
        'web server': server.close,
        worker: worker.stop,
        ...(chat && { chat: chat.stop }),
      })
      await store.releaseClaims()
      const connections = () => Promise.all(closers.map((close) => close()))
      await endTogether(deps, seconds(3), { 'audit push': running.finish, 'vault connections': connections })
      await store.close()
      await journal?.close()
      log.info({}, 'stopped')
    },
  }
}

/** What it cannot be made from, such as a file of certificates that has none, is a matter of the configuration. */
const created = <T>(what: string, create: () => T): T => {
  try {
    return create()
  } catch (error) {
    throw new ConfigError([`${what}: ${error instanceof Error ? error.message : error}`])
  }
}

/** Loads what it takes only where it is asked for. */
const signInOf = async ({ link, signIn }: Config, clock: Clock, way: typeof fetch): Promise<SignIn | undefined> => {
  if (!signIn || link.confirm !== 'sign-in') return undefined
  const { openIdSignIn } = await import('./identity/open-id.ts')
  return openIdSignIn({ ...signIn, redirectUri: `${link.baseUrl}/fetch/callback`, clock, fetch: way })
}

/** Runs until a signal ends it. */
export const run = async (file = process.env.LATCHKEY_CONFIG ?? 'latchkey.yaml'): Promise<void> => {
  const config = readConfig({ file, environment: process.env, paramsOf: { vault: connectors.vault.params } })
  const log = newLog(config.logLevel)
  const latchkey = await startLatchkey(config, log)
  const stop = () => {
    latchkey.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ error: String(error) }, 'could not stop in order')
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

if (import.meta.main) {
  run().catch((error: unknown) => {
    const text = error instanceof ConfigError ? error.message : error instanceof Error ? error.stack : error
    process.stderr.write(printableLines(`${text}\n`))
    process.exit(1)
  })
}
