import type { Ids } from './workspace.ts'

/** A response URL can be used this often … */
const maximumUses = 5
/** … and for this long. */
const lifeMilliseconds = 30 * 60 * 1000

/** Where answers through a response URL go: a conversation, a person and perhaps the message that was clicked. */
export type ResponseTarget = { channel: string; userId: string; messageTs: string | undefined }

/** Makes response URLs and redeems them. */
export type ResponseUrls = {
  create(target: ResponseTarget): string
  /** The target, or the code of the refusal. */
  redeem(key: string): ResponseTarget | 'used_url' | 'expired_url' | 'invalid_url'
}

/** Response URLs under `base`, which is this simulator's address with the path. */
export function createResponseUrls(now: () => number, ids: Ids, base: () => string): ResponseUrls {
  const known = new Map<string, { target: ResponseTarget; createdAt: number; uses: number }>()
  return {
    create(target) {
      const key = ids.secret()
      known.set(key, { target, createdAt: now(), uses: 0 })
      return `${base()}/${key}`
    },
    redeem(key) {
      const entry = known.get(key)
      if (entry === undefined) return 'invalid_url'
      if (now() - entry.createdAt > lifeMilliseconds) return 'expired_url'
      if (entry.uses >= maximumUses) return 'used_url'
      entry.uses += 1
      return entry.target
    },
  }
}
