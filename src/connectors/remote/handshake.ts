import { createHash, randomBytes } from 'node:crypto'
import { z } from 'zod'
import { fingerprint } from './keys.ts'

/** The path on which connectors dial the server. */
export const linePath = '/connector/v1'
/** The longest message before both ends have proved who they are. */
export const longestGreeting = 8 * 1024
/** How far the two clocks may differ, in milliseconds; orders run out within a minute. */
export const mostClockDifference = 30_000

const drawn = z.string().regex(/^[A-Za-z0-9_-]{43}$/)
const signature = z.string().regex(/^[A-Za-z0-9_-]{86}$/)
const word = z.string().min(1).max(100)

/** The connector speaks first, so that the server signs something that nobody could have recorded. */
export const Hello = z.strictObject({ say: z.literal('hello'), version: z.literal(1), nonce: drawn })

export const Challenge = z.strictObject({
  ...{ say: z.literal('challenge'), key: drawn, nonce: drawn },
  /** The server's time, in milliseconds. */
  ...{ at: z.int(), signature },
})

/** A connector that has joined proves its key; another one gives its one-time token. */
export const Introduction = z.discriminatedUnion('say', [
  z.strictObject({ say: z.literal('present'), connector: word, signature }),
  z.strictObject({ say: z.literal('join'), token: word, key: drawn, signature }),
])

export const Welcome = z.discriminatedUnion('say', [
  z.strictObject({
    ...{ say: z.literal('welcome'), connector: word, integration: word, instance: word },
    signature,
  }),
  z.strictObject({ say: z.literal('refused'), code: word, message: z.string().max(400) }),
])
export type WelcomeMessage = z.infer<typeof Welcome> & { say: 'welcome' }

/** What both ends know of a connection, and what only this connection has. */
export type Shared = {
  readonly serverKey: string
  readonly serverNonce: string
  readonly connectorNonce: string
}

export const newNonce = (): string => randomBytes(32).toString('base64url')

/** Every text that is signed begins with its purpose, so that no signature serves another one. */
const purposed = (purpose: string, ...parts: readonly (string | number)[]): string =>
  [`latchkey connector 1: ${purpose}`, ...parts].join('\n')

const about = ({ serverKey, serverNonce, connectorNonce }: Shared) => [serverKey, serverNonce, connectorNonce]

export const challengeText = (shared: Shared, at: number): string => purposed('challenge', ...about(shared), at)
export const presentText = (shared: Shared, connector: string): string =>
  purposed('present', ...about(shared), connector)
export const joinText = (shared: Shared, key: string, token: string): string =>
  purposed('join', ...about(shared), key, sha256(token))
export const welcomeText = (
  shared: Shared,
  key: string,
  { connector, integration, instance }: Pick<WelcomeMessage, 'connector' | 'integration' | 'instance'>,
): string => purposed('welcome', ...about(shared), key, connector, integration, instance)

/** The name of one connection, which every later signature covers. */
export const connectionOf = (shared: Shared, key: string): string =>
  sha256(purposed('connection', ...about(shared), key))

const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** A one-time token to join with. It names the server's key, so that no other server gets it. */
export const newToken = (serverKey: string): string =>
  `${randomBytes(32).toString('base64url')}.${fingerprint(serverKey)}`

/** The fingerprint of the key of the server that made a token; `undefined` for any other text. */
export const serverOf = (token: string): string | undefined => /^[\w-]{43}\.([\w-]{22})$/.exec(token)?.[1]
