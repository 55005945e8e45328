import { lengthOf } from '../../domain/length.ts'
import type { Seconds } from '../../domain/time.ts'

/** The words after "request", parsed. */
export type RequestWords = {
  readonly search: string
  readonly duration?: Seconds
  readonly reason?: string
  /** The words behind "to" or "for". They may be the names instead: "access to orders database". */
  readonly otherwise?: string
}

const lengthPattern = /(?:^|\s)(?:for\s+)?(\d{1,4})\s?([smhd])(?:ecs?|econds?|in|ins|inutes?|rs?|ours?|ays?)?(?=\s|$)/i
// “for” begins a reason, unless a length follows.
const reasonPattern = /\s*(?:\bbecause\b|\bto\b|\bfor\b(?!\s+\d)|:|--)\s+/i

/** Parses "kv/apps/db 1h because payments fail" into search words, length and reason. Never fails. */
export const readRequestWords = (typed: string): RequestWords => {
  const words = typed.trim()
  const cut = reasonPattern.exec(words)
  const after = cut ? words.slice(cut.index + cut[0].length).trim() : ''
  const head = cut ? words.slice(0, cut.index) : words
  const length = lengthPattern.exec(head)
  const duration = length ? lengthOf(`${length[1]}${length[2]}`.toLowerCase()) : undefined
  const before = length ? head.slice(0, length.index).trim() : ''
  const behind = length ? head.slice(length.index + length[0].length).trim() : ''
  // "orders database 15m prod is down": the length ends the names, unless another name follows.
  const isReason = before !== '' && behind !== '' && !/\/|^and\s/i.test(behind)
  const search = isReason ? before : length ? `${before} ${behind}` : head
  const because = after && /^because\s+of\b/i.test(words.slice(cut?.index).trim()) ? `because ${after}` : after
  const reason = isReason ? `${behind}${words.slice(head.length)}`.trim() : because
  const isUnsure = after !== '' && /^\s*(?:to|for)\s/i.test(cut?.[0] ?? '')
  return {
    search: search.replace(/\s+/g, ' ').trim(),
    ...(duration !== undefined && { duration }),
    ...(reason && { reason }),
    ...(isUnsure && { otherwise: after }),
  }
}
