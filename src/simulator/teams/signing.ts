import { createHmac, createSign, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import type { JsonObject } from '../common/json.ts'

/** A signing key of the channel; `endorsements` are the channels that it may speak for. */
export type ChannelKey = { kid: string; privateKey: KeyObject; publicKey: KeyObject; endorsements: readonly string[] }

/** How a token of the channel is signed. */
export type Signature =
  /** RS256 by the current key. */
  | 'valid'
  /** RS256 by a key that nobody published, under the current key's id. */
  | 'other-key'
  /** RS256 by a key that nobody published, under an unknown id. */
  | 'unknown-key'
  /** RS256 by a published key without endorsement for Teams. */
  | 'unendorsed-key'
  /** No signature, `alg: none`. */
  | 'none'
  /** HS256 with the public key as the secret. */
  | 'hmac'

/** The keys of the channel, as `/v1/.well-known/keys` lists them. */
export type ChannelKeys = {
  /** The document of public keys (page on the authentication of the Bot Connector: `endorsements` name the channels). */
  published(): JsonObject
  sign(claims: JsonObject, signature: Signature): string
  /** Signs by a new key from now on; the old one stays published unless `forgetOld`. */
  rotate(options?: { forgetOld?: boolean }): void
}

/** A key of another channel, the same for all simulators of the process: making one takes time. */
let webchat: ChannelKey | undefined

/** One key for Teams and one for another channel only. */
export function createChannelKeys(): ChannelKeys {
  let current = newKey(['msteams'])
  webchat ??= newKey(['webchat'])
  let published = [current, webchat]
  return {
    published: () => ({ keys: published.map(publicPart) }),
    rotate: ({ forgetOld = false } = {}) => {
      const old = current
      current = newKey(['msteams'])
      published = [current, ...published.filter((key) => !(forgetOld && key === old))]
    },
    sign(claims, signature) {
      const unendorsed = published.find(({ endorsements }) => !endorsements.includes('msteams')) ?? current
      switch (signature) {
        case 'valid':
          return signed(claims, current)
        case 'other-key':
          return signed(claims, { ...newKey([]), kid: current.kid })
        case 'unknown-key':
          return signed(claims, newKey(['msteams']))
        case 'unendorsed-key':
          return signed(claims, unendorsed)
        case 'none':
          return `${head({ alg: 'none', typ: 'JWT' }, claims)}.`
        case 'hmac': {
          const text = head({ alg: 'HS256', typ: 'JWT', kid: current.kid }, claims)
          const secret = current.publicKey.export({ type: 'spki', format: 'pem' })
          return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
        }
        default:
          return signature satisfies never
      }
    },
  }
}

function newKey(endorsements: readonly string[]): ChannelKey {
  return { kid: randomUUID(), endorsements, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}

const publicPart = ({ kid, publicKey, endorsements }: ChannelKey): JsonObject => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  endorsements,
})

const encoded = (json: object): string => Buffer.from(JSON.stringify(json)).toString('base64url')
const head = (header: object, claims: object): string => `${encoded(header)}.${encoded(claims)}`

function signed(claims: object, { kid, privateKey }: Pick<ChannelKey, 'kid' | 'privateKey'>): string {
  const text = head({ alg: 'RS256', typ: 'JWT', kid, x5t: kid }, claims)
  return `${text}.${createSign('RSA-SHA256').update(text).sign(privateKey, 'base64url')}`
}
