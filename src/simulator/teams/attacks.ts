import type { JsonObject } from '../common/json.ts'
import type { Activity } from './activities.ts'
import type { Signature } from './signing.ts'

/** Deliveries that a bot must refuse (Microsoft's page on the authentication of the Bot Connector). */
export type Attack =
  | 'other-key'
  | 'unknown-key'
  | 'unendorsed-key'
  | 'alg-none'
  | 'alg-hmac'
  | 'no-header'
  | 'basic'
  | 'other-audience'
  | 'other-issuer'
  | 'expired'
  | 'no-expiry'
  | 'not-yet-valid'
  | 'other-service-url-claim'
  | 'no-service-url-claim'
  | 'other-service-url'
  | 'other-channel'
  | 'other-tenant'
  | 'no-object-id'

/** How the token is signed under an attack. */
export function signatureUnder(attack: Attack | undefined): Signature {
  switch (attack) {
    case 'other-key':
    case 'unknown-key':
    case 'unendorsed-key':
      return attack
    case 'alg-none':
      return 'none'
    case 'alg-hmac':
      return 'hmac'
    default:
      return 'valid'
  }
}

type Channel = { appId: string; serviceUrl: () => string; signingClock: () => number }

/** The claims of the channel's token; `undefined` ones are absent from it. */
export function claimsOf({ appId, serviceUrl, signingClock }: Channel, attack: Attack | undefined): JsonObject {
  const now = Math.floor(signingClock() / 1000)
  const claims = {
    serviceurl: serviceUrl(),
    nbf: now,
    exp: now + 3600,
    iss: 'https://api.botframework.com',
    aud: appId,
  }
  switch (attack) {
    case 'other-audience':
      return { ...claims, aud: '99999999-9999-4999-8999-999999999999' }
    case 'other-issuer':
      return { ...claims, iss: 'https://sts.windows.net/00000000-0000-0000-0000-000000000000/' }
    case 'expired':
      return { ...claims, nbf: now - 7200, exp: now - 3600 }
    case 'no-expiry':
      return { ...claims, exp: undefined }
    case 'not-yet-valid':
      return { ...claims, nbf: now + 3600, exp: now + 7200 }
    case 'other-service-url-claim':
      return { ...claims, serviceurl: 'https://smba.trafficmanager.net/other/' }
    case 'no-service-url-claim':
      return { ...claims, serviceurl: undefined }
    default:
      return claims
  }
}

const strangeTenant = '99999999-0000-4000-8000-999999999999'

/** The activity under an attack. */
export function attacked(activity: Activity, attack: Attack | undefined): Activity {
  switch (attack) {
    case 'other-channel':
      return { ...activity, channelId: 'webchat' }
    case 'other-service-url':
      return { ...activity, serviceUrl: 'https://attacker.example.com/' }
    case 'other-tenant': {
      const conversation = { ...(activity.conversation as JsonObject), tenantId: strangeTenant }
      const channelData = { ...(activity.channelData as JsonObject), tenant: { id: strangeTenant } }
      return { ...activity, conversation, channelData }
    }
    case 'no-object-id':
      return { ...activity, from: { ...(activity.from as JsonObject), aadObjectId: undefined } }
    default:
      return activity
  }
}
