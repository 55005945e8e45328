import { randomUUID } from 'node:crypto'
import type { Hono } from 'hono'
import { type Bell, newBell } from '../../src/app/bell.ts'
import type { Authenticate, Caller } from '../../src/app/caller.ts'
import type { Deps } from '../../src/app/deps.ts'
import { newHealth } from '../../src/app/health.ts'
import { useCases } from '../../src/app/use-cases.ts'
import { type OperatorDesk, operatorDesk } from '../../src/control/desk.ts'
import { personId } from '../../src/domain/ids.ts'
import { accept, refuse } from '../../src/domain/refusal.ts'
import type { Resource } from '../../src/domain/resource.ts'
import { type Timestamp, timestamp } from '../../src/domain/time.ts'
import type { Env } from '../../src/http/api/answer.ts'
import { api } from '../../src/http/api/api.ts'
import { partsOf } from '../../src/http/api/parts.ts'
import type { Store } from '../../src/ports.ts'
import { openStore } from '../../src/store/index.ts'
import * as sample from '../contract/store-samples.ts'
import { type Company, latchkeyOf, newCompany } from './company.ts'

/** What a call answered. */
// biome-ignore lint/suspicious/noExplicitAny: tests read any field of any answer
export type Answer = { readonly status: number; readonly headers: Headers; readonly body: any }
type Sent = { readonly method?: string; readonly body?: unknown; readonly headers?: Record<string, string> }

/**
 * The API over a real store and the real use cases, in this process. A caller is named by a key of the people file: who
 * proves to be that person is tested elsewhere.
 */
export type ApiWorld = {
  readonly deps: Deps
  readonly store: Store
  readonly company: Company
  readonly verbs: ReturnType<typeof useCases>
  readonly app: Hono<Env>
  /** How callers stand, by key; all rights and no session by default. */
  readonly callers: Record<string, Partial<Caller>>
  readonly closing: AbortController
  /** Calls as this person; without one nobody is signed in. */
  call(who: string | undefined, path: string, sent?: Sent): Promise<Answer>
  post(who: string | undefined, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>
  discover(...paths: readonly string[]): Promise<readonly Resource[]>
  now(): Timestamp
  advance(seconds: number): void
  close(): Promise<void>
}

export const apiWorld = async (settings: Partial<Deps['settings']> = {}): Promise<ApiWorld> => {
  const store = await openStore(':memory:', { newId: randomUUID })
  const company = newCompany()
  let passed = 0
  const known: string[] = []
  const now = () => sample.at(passed)
  const bell = newBell()
  const plain = latchkeyOf({ store, company, now, integrations: [sample.vault, sample.otherVault] })
  const clock = { now, sleep: (_: Timestamp, signal: AbortSignal) => untilAborted(signal) }
  const deps: Deps = { ...plain, clock, nudge: bell.ring, settings: { ...plain.settings, ...settings } }
  const verbs = useCases(deps, newHealth(deps), bell)
  const over = apiOver(deps, verbs, bell)
  return {
    ...{ ...over, deps, store, company, verbs, now },
    discover: async (...paths) => {
      known.push(...paths)
      const found = known.map((path) => ({ type: 'secret', path, permissions: ['read'] }))
      const at = timestamp(now() + known.length) // later than every earlier pass
      const pass = await store.openPass(sample.vault.id, { now: at, since: at, ownerKey: '', roots: ['kv/'] })
      await store.saveLooks(pass, [{ folder: 'kv/', found, folders: [] }], at)
      return (await Promise.all(paths.map((path) => store.resourcesAt(sample.vault.id, path)))).flat()
    },
    advance: (seconds) => {
      passed += seconds
    },
    close: () => store.close(),
  }
}

type Called = Pick<ApiWorld, 'app' | 'callers' | 'closing' | 'call' | 'post'>

/** The API over any dependencies; callers are taken at their word, unless told how to identify them. */
export const apiOver = (
  deps: Deps,
  verbs: ReturnType<typeof useCases>,
  bell: Bell,
  authenticate?: Authenticate,
  desk: Pick<OperatorDesk, 'answer'> = operatorDesk(deps),
): Called => {
  const callers: Record<string, Partial<Caller>> = {}
  const closing = new AbortController()
  const byName: Authenticate = async ({ authorization = '' }) => {
    const key = authorization.replace('Bearer ', '')
    const person = deps.directory.find(personId(key))
    return person
      ? accept({ person, by: 'access-token' as const, rights: 'all' as const, ...callers[key] })
      : refuse({ code: 'not-signed-in', why: authorization === '' ? 'nothing' : 'unknown' })
  }
  const parts = partsOf({ ...{ deps, bell, useCases: verbs, desk }, authenticate: authenticate ?? byName })
  const app = api({ parts, version: '1', publicUrl: 'https://latchkey.example.com', closing: closing.signal })
  const call: ApiWorld['call'] = async (who, path, { method = 'GET', body, headers = {} } = {}) => {
    const answer = await app.request(path, {
      method,
      headers: {
        ...(who !== undefined && { authorization: `Bearer ${who}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, headers: answer.headers, body: text === '' ? undefined : JSON.parse(text) }
  }
  const post: ApiWorld['post'] = (who, path, body, headers = {}) => call(who, path, { method: 'POST', body, headers })
  return { app, callers, closing, call, post }
}

/** The clock stands still, so only a signal wakes a sleeper. */
const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve())))
