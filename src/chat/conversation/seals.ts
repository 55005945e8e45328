import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Identity } from '../../domain/card.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock } from '../../ports.ts'

/**
 * Seals private lists. No row knows them, so their buttons carry a seal. Only the platform's secret can make it, and it
 * is valid for one account. `form` is the payload of a form that is sealed for one account in place of a list.
 */
export type Seals = {
  seal(identity: Identity, form?: string): string
  isSealed(seal: string, identity: Identity, form?: string): boolean
}

/** How long a seal is good, in milliseconds. */
const life = 24 * 60 * 60 * 1000

/** The key comes from the secret that authenticates deliveries, so that seals survive a restart. */
export const newSeals = (secret: Secret, { now }: Pick<Clock, 'now'>): Seals => {
  const sealOf = ({ tenant, subject }: Identity, until: number, form?: string): string =>
    createHmac('sha256', secret.reveal())
      .update(JSON.stringify([...sealed(form), tenant, subject, until]))
      .digest('base64url')
  return {
    seal: (identity, form) => {
      const until = now() + life
      return `${until}.${sealOf(identity, until, form)}`
    },
    isSealed: (seal, identity, form) => {
      const [until = '', given = ''] = seal.split('.')
      if (!/^\d{1,16}$/.test(until) || Number(until) < now()) return false
      const [right, theirs] = [Buffer.from(sealOf(identity, Number(until), form)), Buffer.from(given)]
      return right.length === theirs.length && timingSafeEqual(right, theirs)
    },
  }
}

const sealed = (form: string | undefined): readonly string[] =>
  form === undefined ? ['latchkey list'] : ['latchkey form', form]
