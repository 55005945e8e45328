import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newBell } from '../../src/app/bell.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { journalNames } from '../../src/app/journal-names.ts'
import { syncCatalogue } from '../../src/app/sync-catalogue.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { startWorker } from '../../src/app/worker.ts'
import { systemClock } from '../../src/clock.ts'
import { connectors } from '../../src/connectors/index.ts'
import { adminCall } from '../../src/demo/admin-call.ts'
import { integrationId, type PersonId, personId } from '../../src/domain/ids.ts'
import type { Integration } from '../../src/domain/integration.ts'
import { seconds } from '../../src/domain/time.ts'
import type { Directory, Integrations } from '../../src/ports.ts'
import { openJournal } from '../../src/store/journal.ts'
import { openSqliteStore } from '../../src/store/sqlite/store.ts'
import * as sample from '../contract/store-samples.ts'
import { lendFrom, type Mode } from '../support/lending-vault.ts'
import { openBao } from '../support/openbao.ts'
import { addHistory } from './history.ts'

/** Latchkey without chat on a real vault and a real database file, in this process, so that one step can be timed. */
export type BenchWorld = Awaited<ReturnType<typeof openBenchWorld>>

export const owner = personId('owner')
const id = integrationId('bench')
/** What an administrator lends to a bot that is not root. */
const lends = {
  policies: [{ name: 'lend-bench', gives: [{ type: 'secret', path: 'kv/bench/*', permissions: ['read'] }] }],
  roles: [{ name: 'lend', policies: ['lend-bench'], longest: '8h', aliases: true }],
}
const silent = {
  info: () => {},
  warn: () => {},
  error: (fields: object, message: string) => console.error(message, fields),
}

type Size = {
  readonly people?: number
  readonly secrets?: number
  /** So many past requests, of all the people. */
  readonly past?: number
  readonly mode?: Mode
}

export const openBenchWorld = async ({ people = 1, secrets = 1, past = 0, mode = 'root-equivalent' }: Size = {}) => {
  const vault = await openBao()
  const admin = adminCall(vault.server)
  const isLending = mode === 'contained'
  const prepared = isLending ? await lendFrom(vault, lends) : vault.prepared
  const paths = Array.from({ length: secrets }, (_, index) => `bench/secret-${index}`)
  for (const path of paths) await admin('POST', `kv/data/${path}`, { data: { value: 'example' } })
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  const newId = () => randomBytes(16).toString('hex')
  const file = join(folder, 'bench.sqlite')
  const requesters = Array.from({ length: people }, (_, index) => personId(`requester-${index}`))
  if (past > 0) await fill(file, past, requesters)
  const journal = openJournal(`${file}.names`, systemClock.now)
  const store = journalNames(await openSqliteStore({ file, newId }), journal, systemClock)
  const params = {
    internalUrl: vault.server.address,
    credentials: { folder: prepared.credentialsFolder },
    namePrefix: prepared.prefix,
    userpassMount: prepared.userpassMount,
    approleMount: prepared.appRoleMount,
    ...(isLending && { contained: lends }),
  }
  const connector = connectors.vault.create({
    params,
    integration: id,
    instance: await store.instance(),
    clock: systemClock,
  })
  const integration: Integration = {
    id,
    requesters: ['group:requesters'],
    owners: ['person:owner'],
    resourceOwner: { key: 'owner', allow: [], pinned: [] },
    durations: [seconds(3600)],
    decideWithin: seconds(3600),
  }
  const integrations: Integrations = new Map([[id, { integration, connector }]])
  const bell = newBell()
  const deps: Deps = {
    store,
    directory: directoryOf(requesters),
    integrations,
    platforms: new Map(),
    clock: systemClock,
    newId,
    newNonce: () => randomBytes(32).toString('base64url'),
    hash: (text) => createHash('sha256').update(text).digest('hex'),
    random: Math.random,
    nudge: bell.ring,
    troubleAt: () => undefined,
    log: silent,
    settings: {
      linkBase: 'http://127.0.0.1',
      linkInMessage: false,
      linkConfirm: 'none',
      revokeOnMisuse: true,
      claim: seconds(60),
      wake: seconds(15),
      provedShare: 0.1,
    },
  }
  await syncCatalogue(deps)(id)
  const health = newHealth(deps)
  const never = seconds(86_400)
  const worker = startWorker(deps, health, bell, {
    discoverEvery: never,
    driftEvery: never,
    accountsEvery: never,
    reloadDirectory: async () => {},
  })
  const verbs = useCases(deps, health, bell)
  const resources = await store.findResources([id], 'bench', 100_000)
  return {
    vault,
    admin,
    deps,
    store,
    connector,
    verbs,
    requesters,
    resources,
    paths,
    close: async () => {
      await worker.stop()
      await store.close()
      await journal.close()
      await vault.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A database with one request that has ended, told as often as wanted. */
const fill = async (file: string, past: number, people: readonly PersonId[]): Promise<void> => {
  const store = await openSqliteStore({ file, newId: randomUUID })
  const { request } = await sample.ended(store, { integration: { ...sample.vault, id } })
  for (const audience of ['owner', 'requester', 'access'] as const) {
    await store.addCards([sample.card({ audience, request: request.id })])
  }
  await store.close()
  addHistory(file, past, people)
}

const directoryOf = (requesters: readonly PersonId[]): Directory => ({
  person: () => undefined,
  find: (person) => ({ id: person, name: person, identities: [] }),
  members: (party) => (party === 'group:requesters' ? requesters : [personId(party.slice(party.indexOf(':') + 1))]),
  partiesOf: () => [],
})

/** A pending request of one person for one resource. */
export const ask = async (world: BenchWorld, person: PersonId, index: number) => {
  const resource = world.resources[index % world.resources.length]
  if (!resource) throw new Error('no resource')
  const outcome = await world.verbs.submitRequest({
    requester: person,
    draft: world.deps.newId(),
    items: [{ resource: resource.id, permission: 'read' }],
    duration: seconds(3600),
    reason: 'to be measured',
  })
  if (!outcome.ok) throw new Error(outcome.refusal.code)
  return outcome.value.request
}

/** Waits until something is there; looks every millisecond by default, since waiting is what is measured. */
export const until = async <T>(look: () => Promise<T | undefined>, every = 1): Promise<T> => {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise((resolve) => setTimeout(resolve, every))
  }
}
