import type { Ids } from './workspace.ts'

/** The most uses of a response URL. */
const maximumUses = 5
/** The life of a response URL. */
const lifeMilliseconds = 30 * 60 * 1000

/** The target of answers through a response URL: a conversation, a person, and the clicked message if there is one. */
export type ResponseTarget = { channel: string; userId: string; messageTs: string | undefined }

/** Creates response URLs and redeems them. */
export type ResponseUrls = {
  create(target: ResponseTarget): string
  /** The target, or the code of the refusal. */
  redeem(key: string): ResponseTarget | 'used_url' | 'expired_url' | 'invalid_url'
}

/** Response URLs under `base`, the simulator's address with a path. */
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
