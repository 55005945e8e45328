import { type CryptoKey, importJWK } from 'jose'
import { z } from 'zod'
import { isOwnAddress } from '../../../domain/address.ts'
import { messageOf } from '../../../domain/message-of.ts'
import { ExternalError } from '../../../ports.ts'
import { jsonIn } from '../connector/json-body.ts'

/** A key with which the channel signs, and the channels that it may speak for. */
export type SigningKey = { readonly key: CryptoKey; readonly endorsements: readonly string[] }

/** The keys with which the channel signs its activities. */
export type Keys = {
  /** The key with this id; undefined for an unknown one. Throws an `ExternalError` while there are no keys to check by. */
  of(id: string): Promise<SigningKey | undefined>
  /** Fetches the keys now; throws what to repair. */
  load(): Promise<void>
}

type KeyDeps = {
  /** The address of the OpenID metadata document of the channel. */
  readonly metadataUrl: string
  readonly fetch: typeof fetch
  /** In milliseconds. */
  readonly now: () => number
}

const hour = 3_600_000
/** Microsoft asks to fetch the keys once a day. Ours are fetched earlier, so that a short outage stops nobody. */
const renewedAfter = 12 * hour
const keptFor = 24 * hour
/** Anybody can name an unknown key, so it leads to one fetch a minute. */
const pause = 60_000
/** A delivery waits for an answer for five seconds. */
const patience = 3_000

const Metadata = z.object({ jwks_uri: z.url({ protocol: /^https?$/ }) })
const KeySet = z.object({
  keys: z
    .array(
      z.object({
        kty: z.string(),
        kid: z.string().min(1).max(200).optional(),
        use: z.string().optional(),
        n: z.string().optional(),
        e: z.string().optional(),
        endorsements: z.array(z.string()).default([]),
      }),
    )
    .max(200),
})

type Fetched = { readonly at: number; readonly keys: ReadonlyMap<string, SigningKey> }

/** Keeps the keys for a day. An unknown one is looked for at once, but not more often than once a minute. */
export const newKeys = ({ metadataUrl, fetch, now }: KeyDeps): Keys => {
  let fetched: Fetched | undefined
  let triedAt = Number.NEGATIVE_INFINITY
  let running: Promise<void> | undefined

  const load = (): Promise<void> => {
    running ??= (async () => {
      triedAt = now()
      const keys = await fetchKeys(metadataUrl, fetch)
      fetched = { at: now(), keys }
    })().finally(() => {
      running = undefined
    })
    return running
  }
  const mayTry = (): boolean => running !== undefined || now() - triedAt >= pause
  const current = (): Fetched | undefined => (fetched && now() - fetched.at < keptFor ? fetched : undefined)

  return {
    load,
    of: async (id) => {
      if (!current() && mayTry()) await load()
      const kept = current()
      if (!kept) throw unreachable('the keys of the channel could not be fetched a moment ago')
      const key = kept.keys.get(id)
      // A failure only shortens the reserve: the next delivery after a minute tries again.
      if (key && now() - kept.at >= renewedAfter && mayTry()) load().catch(() => {})
      if (key || !mayTry()) return key
      await load()
      return current()?.keys.get(id)
    },
  }
}

const unreachable = (problem: string, cause?: unknown): ExternalError =>
  new ExternalError('chat-unreachable', problem, { transient: true, cause })

const fetchKeys = async (metadataUrl: string, way: typeof fetch): Promise<ReadonlyMap<string, SigningKey>> => {
  const { jwks_uri: address } = await read(metadataUrl, way, Metadata)
  // Whoever changes the keys on their way can sign as anybody.
  const isSafe = new URL(address).protocol === 'https:' || isOwnAddress(address)
  if (!isSafe) throw unreachable(`${metadataUrl} names keys at ${address}, which is not https`)
  const { keys } = await read(address, way, KeySet)
  const found = new Map<string, SigningKey>()
  for (const { kty, kid, use = 'sig', n, e, endorsements } of keys) {
    if (kty !== 'RSA' || use !== 'sig' || kid === undefined || n === undefined || e === undefined) continue
    const key = await importJWK({ kty, n, e, alg: 'RS256' }).catch(() => undefined)
    if (key && !(key instanceof Uint8Array)) found.set(kid, { key, endorsements })
  }
  if (found.size === 0) throw unreachable(`${address} has no usable key`)
  return found
}

const read = async <T>(address: string, way: typeof fetch, schema: z.ZodType<T>): Promise<T> => {
  try {
    const response = await way(address, { redirect: 'error', signal: AbortSignal.timeout(patience) })
    if (!response.ok) throw new Error(`status ${response.status}`)
    return schema.parse(await jsonIn(response))
  } catch (error) {
    const problem = error instanceof z.ZodError ? 'it has another form than expected' : messageOf(error)
    throw unreachable(`${address} cannot be read: ${problem}`, error)
  }
}
