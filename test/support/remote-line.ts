import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Deps } from '../../src/app/deps.ts'
import { type RemoteConnectors, remoteConnectors } from '../../src/app/remote-connectors.ts'
import { systemClock } from '../../src/clock.ts'
import { remoteConnector } from '../../src/connectors/remote/connector.ts'
import { connectorGate, type GateOptions } from '../../src/connectors/remote/gate.ts'
import { newToken } from '../../src/connectors/remote/handshake.ts'
import { identityIn, joinServer, keyFile } from '../../src/connectors/remote/join.ts'
import { drawKey, keyIn, type OwnKey } from '../../src/connectors/remote/keys.ts'
import { type Lines, newLines } from '../../src/connectors/remote/lines.ts'
import { type RunningConnector, runConnector } from '../../src/connectors/remote/run.ts'
import { connectorSettings } from '../../src/connectors/remote/settings.ts'
import type { VaultConnector } from '../../src/connectors/vault/connector.ts'
import type { PreparedVault } from '../../src/demo/prepare-vault.ts'
import { byOperator } from '../../src/domain/audit-event.ts'
import { instanceId, integrationId } from '../../src/domain/ids.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'

/** A server's end, a connector's end and the line between them, over real sockets. */
export type RemoteLine = {
  /** The server's end, as the core uses it. */
  readonly connector: VaultConnector
  readonly connectors: RemoteConnectors
  readonly lines: Lines
  readonly store: Store
  readonly key: OwnKey
  readonly server: string
  /** The connector's own folder. */
  readonly folder: string
  /** Everything the connector logged. */
  readonly said: readonly { readonly fields: object; readonly message: string }[]
  /** Joins with a fresh token; only once. */
  join(): Promise<void>
  run(more?: object): Promise<RunningConnector>
  /** Takes the server's end away, as a crash would, and brings it back. */
  cut(): void
  restore(): void
  stop(): Promise<void>
}

export const integration = integrationId('far')
const instance = instanceId('i0far')

/** What the connector allows, unless a test says otherwise. */
const limits = {
  ...{ mounts: ['kv', 'transit'], paths: ['kv/*', 'transit/*'] },
  ...{ permissions: ['read', 'write', 'encrypt', 'sign', 'ReadOnly'], longest: '8h' },
}

export const remoteLine = async (
  prepared: PreparedVault,
  given: {
    readonly limits?: object
    readonly gate?: Partial<GateOptions>
    readonly vault?: object
    readonly deps?: Partial<Deps>
  } = {},
): Promise<RemoteLine> => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-remote-'))
  const store = given.deps?.store ?? (await openStore(':memory:', { newId }))
  const { key } = drawKey()
  const lines = newLines(3_000)
  const quiet = { info: () => {}, warn: () => {}, error: () => {} }
  const deps = {
    ...{ store, clock: systemClock, newId, hash, log: quiet, nudge: () => {} },
    ...given.deps,
  } as Deps
  const connectors = remoteConnectors(deps, {
    integrations: new Set([integration]),
    newToken: () => newToken(key.publicKey),
    isConnected: ({ id }) => lines.of(integration)?.connector.id === id,
    hangUp: lines.close,
  })
  const gate = connectorGate({ key, instance, lines, clock: systemClock, registrar: connectors, ...given.gate })
  let isDead = false
  const web = createServer().on('upgrade', (...upgrade) => (isDead ? upgrade[1].destroy() : gate.upgrade(...upgrade)))
  await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve))
  const server = `http://127.0.0.1:${(web.address() as AddressInfo).port}`
  const vault = {
    ...{ internalUrl: prepared.address, namePrefix: prepared.prefix },
    ...{ kvMounts: prepared.kvMounts, transitMounts: prepared.transitMounts },
    ...{ userpassMount: prepared.userpassMount, approleMount: prepared.appRoleMount },
  }
  const said: { fields: object; message: string }[] = []
  const say = (fields: object, message: string) => void said.push({ fields, message })
  const log = { info: say, warn: say, error: say }
  const running = new Set<RunningConnector>()
  const connector = remoteConnector({
    ...{ integration, instance, clock: systemClock, lines },
    params: { ...vault, credentials: 'remote', ...given.vault },
  })
  const way = { server, clock: systemClock }
  const settings = (more: object) =>
    connectorSettings.parse({
      ...{ server, folder },
      vault: { ...vault, credentials: { folder: prepared.credentialsFolder }, ...given.vault },
      limits: { ...limits, ...given.limits },
      ...more,
    })
  return {
    ...{ connector, connectors, lines, store, key, server, folder, said },
    join: async () => {
      const token = await connectors.invite(integration, byOperator('root@test'))
      if (typeof token !== 'string') throw new Error(token.refused)
      await joinServer(way, { folder }, token)
    },
    run: async (more = {}) => {
      const identity = await identityIn({ folder })
      if (!identity) throw new Error('it has not joined')
      const own = await keyIn(keyFile({ folder }))
      const one = await runConnector({ settings: settings(more), identity, key: own, clock: systemClock, log })
      running.add(one)
      return one
    },
    cut: () => {
      isDead = true
      gate.close()
    },
    restore: () => {
      isDead = false
    },
    stop: async () => {
      await Promise.all([...running].map((one) => one.stop()))
      gate.close()
      web.close()
      await connector.close()
      if (!given.deps?.store) await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const newId = () => randomBytes(16).toString('hex')
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
