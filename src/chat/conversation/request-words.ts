import { lengthOf } from '../../domain/length.ts'
import type { Seconds } from '../../domain/time.ts'

/** The words after "request", parsed. */
export type RequestWords = { readonly search: string; readonly duration?: Seconds; readonly reason?: string }

const lengthPattern = /(?:^|\s)(?:for\s+)?(\d{1,4})\s?([smhd])(?:ecs?|econds?|in|ins|inutes?|rs?|ours?|ays?)?(?=\s|$)/i
// “for” begins a reason, unless a length follows.
const reasonPattern = /\s*(?:\bbecause\b|\bto\b|\bfor\b(?!\s+\d)|:|--)\s+/i

/** Parses "kv/apps/db 1h because payments fail" into search words, length and reason. Never fails. */
export const readRequestWords = (typed: string): RequestWords => {
  const words = typed.trim()
  const cut = reasonPattern.exec(words)
  const reason = cut ? words.slice(cut.index + cut[0].length).trim() : ''
  const head = cut ? words.slice(0, cut.index) : words
  const length = lengthPattern.exec(head)
  const duration = length ? lengthOf(`${length[1]}${length[2]}`.toLowerCase()) : undefined
  const search = (length ? head.replace(length[0], ' ') : head).replace(/\s+/g, ' ').trim()
  return {
    search,
    ...(duration !== undefined && { duration }),
    ...(reason && { reason }),
  }
}
