import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type AuthenticateParts, authenticate } from './app/authenticate.ts'
import { newBell } from './app/bell.ts'
import type { Deps, Log } from './app/deps.ts'
import { newHealth } from './app/health.ts'
import { journalNames } from './app/journal-names.ts'
import { remoteConnectors } from './app/remote-connectors.ts'
import { sayBlocked } from './app/say-blocked.ts'
import { terminalSignIns } from './app/sign-in-terminal.ts'
import { newTrials } from './app/trials.ts'
import { type UseCases, useCases } from './app/use-cases.ts'
import type { Chat } from './chat/kind.ts'
import { newFollowingClock } from './clock.ts'
import { type Config, ConfigError } from './config/read.ts'
import { atPlace } from './config/system-trouble.ts'
import { connectors } from './connectors/index.ts'
import { newToken } from './connectors/remote/handshake.ts'
import { drawKey, keyIn, serverKeyFile } from './connectors/remote/keys.ts'
import { type Lines, newLines } from './connectors/remote/lines.ts'
import { isRemote, vaultParams } from './connectors/vault/params.ts'
import { openPeopleFile } from './directory/people-file.ts'
import type { Identity } from './domain/card.ts'
import type { InstanceId } from './domain/ids.ts'
import { messageOf } from './domain/message-of.ts'
import type { Platform } from './domain/platform.ts'
import { timestamp } from './domain/time.ts'
import { proofReader } from './identity/proofs.ts'
import { reportingTrouble } from './identity/report-trouble.ts'
import { rotationHooks } from './observe/rotation-hooks.ts'
import { newObservers } from './observe/start.ts'
import { type Outbound, openOutbound } from './outbound.ts'
import type { ChatPlatform, Clock, SignIn } from './ports.ts'
import { storeAt } from './store/index.ts'
import { openJournal } from './store/journal.ts'
import { ownVersion } from './version.ts'

export type Parts = Awaited<ReturnType<typeof build>>

/** 128 random bits in hex, which fits into names at the vault (lower case). */
const newId = (): string => randomBytes(16).toString('hex')
/** How long a request's signature is remembered, in milliseconds: twice as long as a replay could work. */
const remembered = 600_000

const newNonce = (): string => randomBytes(32).toString('base64url')
const hash = (text: string): string => createHash('sha256').update(text).digest('hex')

/** All parts of a Latchkey. Each part is built from earlier ones, and none has made a network call. */
export const build = async (config: Config, log: Log) => {
  const directory = await openPeopleFile(config.people, config.chatKinds, config.pipelines)
  const clock = newFollowingClock()
  const version = ownVersion()
  const outbound = created('caFile', () => openOutbound(config))
  if (config.proxy)
    log.info(
      { proxy: config.proxy.address, except: config.proxy.except },
      'calls go through a proxy, but not to vaults',
    )
  const bell = newBell()
  const observers = await newObservers(config, version)
  const database = storeAt(config.database)
  const opened = await atPlace('database', database.name, () => database.open({ newId, onBlocked: sayBlocked(log) }))
  if (opened.server) await clock.follow(opened.server.time)
  const noted = config.journal
  const journal = noted === undefined ? undefined : await atPlace('journal', noted, () => openJournal(noted, clock.now))
  const store = observers.watchStore(journal ? journalNames(opened, journal, clock) : opened)
  const instance = await store.instance()
  const lines = newLines()
  const vaults = connect(config, { instance, clock, log, lines })
  const platforms = new Map<Platform, ChatPlatform>()
  const core = {
    store,
    directory,
    integrations: new Map(
      vaults.map(({ integration, connector }) => [
        integration.id,
        { integration, connector: observers.watchConnector(connector) },
      ]),
    ),
    platforms,
    clock,
    newId,
    newNonce,
    hash,
    random: Math.random,
    nudge: bell.ring,
    log,
    settings: settingsOf(config),
  }
  const health = newHealth(core)
  const deps: Deps = { ...core, troubleAt: health.trouble }
  const remote = await remoteOf(config, deps, { lines, instance })
  const trials = newTrials(deps)
  const terminals = terminalSignIns(deps)
  const verbs = useCases(deps, health, bell, trials, terminals)
  const chats = await chatsOf(config, deps, verbs, outbound)
  // Chats need the use cases, which post to the chats. This line closes the circle before anybody uses it.
  for (const { platform } of chats) platforms.set(platform.name, platform)
  const signIn = await signInOf(config, { clock, log }, outbound.fetch)
  const told = { instance, clock, fetch: outbound.fetch }
  const hooks = created('rotation', () =>
    rotationHooks(config.integrations, (params) => vaultParams.parse(params).rotation, told),
  )
  const callers = await callersOf(config, deps, outbound.fetch)
  return {
    config,
    followClock: clock.follow,
    version,
    instance,
    directory,
    outbound,
    bell,
    observers,
    journal,
    vaults,
    remote,
    health,
    deps,
    chats,
    trials,
    terminals,
    useCases: verbs,
    signIn,
    rotationHooks: hooks,
    callers,
    authenticate: authenticate(deps, callers),
  }
}

const settingsOf = ({
  link,
  signIn,
  terminal,
  limits,
  reconcile,
  auditors,
  operators,
  keep,
}: Config): Deps['settings'] => ({
  linkBase: link.baseUrl,
  linkInMessage: link.inMessage,
  linkConfirm: link.confirm,
  hasIssuer: signIn !== undefined,
  hasDeviceCode: terminal.deviceCode,
  revokeOnMisuse: link.revokeOnMisuse,
  limits,
  auditors,
  operators,
  lookEvery: reconcile.discoverEvery,
  keep,
  ...reconcile,
})

/** The configured chats, which have made no call yet. */
const chatsOf = (config: Config, deps: Deps, verbs: UseCases, outbound: Outbound): Promise<readonly Chat[]> => {
  const { store, directory, clock, log } = deps
  const isFirstSight = firstSightOf(deps)
  const conversationOf = (identity: Identity) => store.conversation(identity)
  const given = { outbound, useCases: verbs, directory, clock, log, newId, isFirstSight, conversationOf }
  return Promise.all([...config.chats.values()].map((configured) => configured.create(given)))
}

/** Whether a signature is seen for the first time; it is remembered at least until then. */
const firstSightOf =
  ({ store, clock }: Pick<Deps, 'store' | 'clock'>) =>
  (signature: string, until = timestamp(clock.now() + remembered)) =>
    // A later moment of sight keeps a signature longer.
    store.isFirstSight(signature, timestamp(until - remembered), timestamp(clock.now() - remembered))

/** What proves the caller of a call by HTTP. */
const callersOf = async (
  { api, signIn, pipelines }: Config,
  deps: Deps,
  way: typeof fetch,
): Promise<AuthenticateParts> => {
  const { clock } = deps
  const isFirst = firstSightOf(deps)
  const reading = { clock, fetch: way }
  const accessTokens =
    api && signIn && (await import('./identity/access-tokens.ts')).accessTokenReader({ ...signIn, ...api, ...reading })
  const pipelineTokens =
    pipelines.length > 0 &&
    (await import('./identity/pipeline-tokens.ts')).pipelineTokenReader({ pipelines, ...reading })
  return {
    proofs: proofReader(clock),
    isFirstSight: ({ key, jti }) => isFirst(`proof ${key} ${deps.hash(jti)}`),
    ...(accessTokens && { accessTokens }),
    ...(pipelineTokens && { pipelines: pipelineTokens }),
  }
}

/** The integrations with their connectors, which have made no call yet. */
const connect = (
  { integrations }: Config,
  { instance, clock, log, lines }: { instance: InstanceId; clock: Clock; log: Log; lines: Lines },
) =>
  integrations.map(({ integration, kind, params }) => {
    const { id } = integration
    const warn = (fields: object, message: string) => log.warn({ integration: id, ...fields }, message)
    const given = { params, integration: id, instance, clock, log: { warn } }
    const connector = created(`integration ${id}`, () =>
      isRemote(vaultParams.parse(params))
        ? connectors.remote.create({ ...given, lines })
        : connectors.vault.create(given),
    )
    log.info({ integration: id, kind }, 'integration configured')
    return { integration, connector }
  })

/** What lets remote connectors in; absent where no integration has one. */
const remoteOf = async (
  { integrations, database }: Config,
  deps: Deps,
  { lines, instance }: { readonly lines: Lines; readonly instance: InstanceId },
) => {
  const isOne = integrations.filter(({ params }) => isRemote(vaultParams.parse(params)))
  if (isOne.length === 0) return undefined
  const { connectorGate } = await import('./connectors/remote/gate.ts')
  const { folder } = storeAt(database)
  const key = folder === undefined ? drawKey().key : await keyIn(join(folder, serverKeyFile))
  const connectors = remoteConnectors(deps, {
    integrations: new Set(isOne.map(({ integration }) => integration.id)),
    newToken: () => newToken(key.publicKey),
    isConnected: ({ id, integration }) => lines.of(integration)?.connector.id === id,
    hangUp: lines.close,
  })
  return { connectors, gate: connectorGate({ key, instance, lines, clock: deps.clock, registrar: connectors }) }
}

/** A part that cannot be created, such as with an empty file of certificates, is a configuration error. */
const created = <T>(what: string, create: () => T): T => {
  try {
    return create()
  } catch (error) {
    throw new ConfigError([`${what}: ${messageOf(error)}`])
  }
}

/** Loads the sign-in modules only when they are needed. */
const signInOf = async (
  { link, signIn }: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
  way: typeof fetch,
): Promise<SignIn | undefined> => {
  if (!signIn) return undefined
  const { openIdSignIn } = await import('./identity/open-id.ts')
  const redirectUri = `${link.baseUrl}/fetch/callback`
  return reportingTrouble(openIdSignIn({ ...signIn, redirectUri, clock, fetch: way }), signIn.issuer, log)
}
