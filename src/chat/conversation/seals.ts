import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports.ts'

/**
 * Seals private lists. No row knows them, so their buttons carry a seal. Only the platform's secret can make it, and it
 * is valid for one account.
 */
export type Seals = {
  seal(identity: Identity): string
  isSealed(seal: string, identity: Identity): boolean
}

/** How long the buttons of a list work, in milliseconds. */
const life = 24 * 60 * 60 * 1000

/** The key comes from the secret that authenticates deliveries, so that seals survive a restart. */
export const newSeals = (secret: Secret, { now }: Pick<Clock, 'now'>): Seals => {
  const sealOf = ({ tenant, subject }: Identity, until: number): string =>
    createHmac('sha256', secret.reveal())
      .update(JSON.stringify(['latchkey list', tenant, subject, until]))
      .digest('base64url')
  return {
    seal: (identity) => {
      const until = now() + life
      return `${until}.${sealOf(identity, until)}`
    },
    isSealed: (seal, identity) => {
      const [until = '', given = ''] = seal.split('.')
      if (!/^\d{1,16}$/.test(until) || Number(until) < now()) return false
      const [right, theirs] = [Buffer.from(sealOf(identity, Number(until))), Buffer.from(given)]
      return right.length === theirs.length && timingSafeEqual(right, theirs)
    },
  }
}
