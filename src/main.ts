import { awayParts } from './app/away.ts'
import { checkHolders } from './app/check-holders.ts'
import { confirmFetchLink } from './app/confirm-fetch-link.ts'
import type { Log } from './app/deps.ts'
import { tellOfEmptyParties, withoutOwners } from './app/empty-parties.ts'
import { signOut } from './app/end-session.ts'
import { enterByIssuer } from './app/enter-by-issuer.ts'
import { keyBehind } from './app/key-behind.ts'
import { enterAccess, lookAtAccess, openAccess, reportAccess } from './app/own-access.ts'
import { enterAlarm, explainOwnAlarm, lookAtAlarm } from './app/own-alarm.ts'
import { recordRefusal } from './app/record-refusal.ts'
import { lookAtFetchLink, redeemFetchLink, reportFetchLink } from './app/redeem-fetch-link.ts'
import { refreshSession } from './app/refresh-session.ts'
import { reloadDirectory } from './app/reload-directory.ts'
import { revealCredential } from './app/reveal-credential.ts'
import { warnOfRemoved } from './app/warn-of-removed.ts'
import { newWorker } from './app/worker.ts'
import { build, type Parts } from './build.ts'
import { chatKinds } from './chat/index.ts'
import { type Config, readConfig } from './config/read.ts'
import { atPlace } from './config/system-trouble.ts'
import { connectors } from './connectors/index.ts'
import { linePath } from './connectors/remote/handshake.ts'
import { operatorDesk } from './control/desk.ts'
import { startControl } from './control/start.ts'
import { system } from './domain/audit-event.ts'
import { configurationChanged } from './domain/configuration.ts'
import { reportOf } from './domain/message-of.ts'
import { seconds } from './domain/time.ts'
import { partsOf } from './http/api/parts.ts'
import { readiness, sayWhenReady } from './http/readiness.ts'
import { startServer } from './http/server.ts'
import type { SessionParts } from './http/sessions/parts.ts'
import { keepConnecting } from './keep-connecting.ts'
import { newLog } from './log.ts'
import { startObserving } from './observe/start.ts'
import { endTogether } from './stop.ts'
import { storeAt } from './store/index.ts'
import { printableLines } from './terminal.ts'

export type Latchkey = { readonly url: string; stop(): Promise<void> }

type Running = Awaited<ReturnType<typeof start>>

/** Builds and starts everything. It makes no network call before the configuration is known to be complete. */
export const startLatchkey = async (config: Config, log: Log): Promise<Latchkey> => {
  const parts = await build(config, log)
  const running = await start(parts)
  return { url: running.server.url, stop: () => stop(parts, running) }
}

/** Settles what a former process left, then starts all work. */
const start = async (parts: Parts) => {
  const {
    config,
    version,
    instance,
    directory,
    outbound,
    bell,
    observers,
    journal,
    health,
    deps,
    useCases,
    chats,
    trials,
    signIn,
    remote,
  } = parts
  const { store, clock, integrations, log } = deps
  await store.retryRefused()
  await warnOfRemoved(deps)
  await checkHolders(deps)({ isChanged: true })
  const at = clock.now()
  await store.audit([
    { at, kind: 'started', actor: system, detail: { instance, integrations: [...integrations.keys()].join(', ') } },
    { at, kind: 'directory-loaded', actor: system, detail: { hash: directory.hash } },
  ])
  await store.noteConfiguration(config.asWritten, configurationChanged(config.asWritten, at))
  tellOfEmptyParties(deps)
  const unowned = withoutOwners(deps)
  await health.resume()
  const worker = newWorker(deps, health, bell, {
    ...config.reconcile,
    reloadDirectory: reloadDirectory(deps, directory),
    ...{ ...(journal && { journal }), followClock: parts.followClock },
    keep: config.keep,
    ...(observers.meter && { auditMeter: observers.meter.auditRead }),
    rotationHooks: parts.rotationHooks,
  })
  const checks = {
    database: async () => (await store.auditHead()) && store.blockedSince() === undefined,
    ...Object.fromEntries(
      chats.map(({ platform, isConnected }) => [platform.name, connectedOnce(isConnected, signIn)]),
    ),
    ...(signIn && config.link.confirm === 'sign-in' && { 'sign-in': signIn.check }),
    ...Object.fromEntries(
      [...integrations.keys()].map((id) => [
        `integration ${id}`,
        async () => worker.isDiscovered(id) && health.trouble(id) === undefined,
      ]),
    ),
    // Only those that were so at the start: an edit of the people file never takes a running server out of service.
    ...Object.fromEntries(unowned.map((id) => [`owners of ${id}`, async () => !withoutOwners(deps).includes(id)])),
  }
  const notReady = readiness(checks)
  const desk = operatorDesk(deps)
  const { host, port } = config.listen
  const serving = {
    ...config.listen,
    ...(remote && { upgrades: new Map([[linePath, remote.gate.upgrade]]) }),
    deliveries: new Map(chats.flatMap(({ inbound }) => (inbound ? [[inbound.path, inbound.listener] as const] : []))),
    fetch: {
      lookAtLink: lookAtFetchLink(deps),
      redeemLink: redeemFetchLink(deps),
      reportLink: reportFetchLink(deps),
      confirmLink: confirmFetchLink(deps),
      revealCredential: revealCredential(deps),
    },
    access: { enter: enterAccess(deps), look: lookAtAccess(deps), open: openAccess(deps), report: reportAccess(deps) },
    sessions: sessionParts(parts),
    api: { version, parts: partsOf({ ...parts, desk }) },
    people:
      signIn && (await import('./http/people/parts.ts')).peopleSite(deps, useCases, desk, chats[0]?.entrance().command),
    alarm: { enter: enterAlarm(deps), look: lookAtAlarm(deps), explain: explainOwnAlarm(deps) },
    publicUrl: config.link.baseUrl,
    entrances: () => chats.map(({ entrance }) => entrance()),
    clock,
    signIn,
    readiness: checks,
    instance,
    away: () => awayParts(deps),
    log,
  }
  const server = await atPlace('listen', `${host}:${port}`, () => startServer(serving))
  // Starts last: if the port is taken, no vault and no chat gets a call from this process.
  worker.start()
  const connections = chats.map((chat) => ({ name: chat.platform.name, ...keepConnecting(chat, deps) }))
  const observing = await startObserving(config, deps, observers, { version, instance, fetch: outbound.fetch })
  const database = storeAt(config.database)
  desk.open({
    reader: () => database.read(),
    ...{ version, startedAt: clock.now(), url: server.url, waitingFor: notReady },
    ...{ push: observing.lag, replay: observing.replay, head: observing.headTrouble, trials },
    remote: remote?.connectors,
    chats: new Map(
      chats.map(({ platform: { name }, isConnected, whenSilent }) => [
        name,
        {
          title: config.chats.get(name)?.title ?? name,
          isConnected,
          hints: whenSilent?.(config.link.baseUrl) ?? [],
        },
      ]),
    ),
  })
  const control = await startControl(desk, { own: database.folder, shared: config.operatorsFolder }, log)
  const telling = sayWhenReady({ url: server.url, notReady, clock, log })
  return { worker, connections, server, observing, control, telling }
}

/** What the calls and pages of sessions need. */
const sessionParts = ({ deps, callers, authenticate, terminals }: Parts): SessionParts => ({
  ...{ authenticate, terminals, proofs: callers.proofs, isFirstSight: callers.isFirstSight },
  keyBehind: keyBehind(deps),
  refresh: refreshSession(deps),
  signOut: signOut(deps),
  sessionsOf: (person) => deps.store.liveSessions(deps.clock.now(), person),
  enter: enterByIssuer(deps),
  recordRefusal: recordRefusal(deps),
  hasDeviceCode: deps.settings.hasDeviceCode === true,
})

/** With pages for people a server is of use while a chat is away. So only the first connection is waited for. */
const connectedOnce = (isConnected: () => boolean, pages: unknown) => {
  let was = false
  return async () => {
    was = isConnected() || (was && pages !== undefined)
    return was
  }
}

/** Supervisors kill after ten to thirty seconds. Unfinished work is handed back, and nothing is lost. */
const stop = async ({ deps, vaults, remote, outbound, journal }: Parts, running: Running): Promise<void> => {
  const { worker, connections, server, observing, control, telling } = running
  telling.stop()
  await endTogether(deps, seconds(9), {
    'control socket': control.close,
    'web server': server.close,
    worker: () => worker.stop().finally(() => remote?.gate.close()),
    ...Object.fromEntries(connections.map(({ name, stop }) => [`chat ${name}`, stop])),
  })
  await deps.store.releaseClaims()
  const closers = [outbound.close, ...vaults.map(({ connector }) => connector.close)]
  const close = () => Promise.all(closers.map((each) => each()))
  await endTogether(deps, seconds(3), { 'audit push': observing.finish, 'vault connections': close })
  await deps.store.close()
  await journal?.close()
  deps.log.info({}, 'stopped')
}

/** Runs until a signal ends it. */
export const run = async (file = process.env.LATCHKEY_CONFIG ?? 'latchkey.yaml'): Promise<void> => {
  const config = readConfig({
    file,
    environment: process.env,
    chats: chatKinds,
    paramsOf: { vault: connectors.vault.params },
  })
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
    process.stderr.write(printableLines(`${reportOf(error)}\n`))
    process.exit(1)
  })
}
