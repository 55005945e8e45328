import { type Seconds, seconds } from '../../domain/time.ts'

/** What somebody typed behind "request", taken apart. */
export type RequestWords = { readonly search: string; readonly duration?: Seconds; readonly reason?: string }

const lengths = { s: 1, m: 60, h: 3_600, d: 86_400 } as const
const lengthPattern = /(?:^|\s)(?:for\s+)?(\d{1,4})\s?([smhd])(?:ecs?|econds?|in|ins|inutes?|rs?|ours?|ays?)?(?=\s|$)/i
const reasonPattern = /\s*(?:\bbecause\b|\bto\b|:|--)\s+/i

/** Reads "kv/apps/db 1h because payments fail": the words to search for, how long and why. Never fails. */
export const readRequestWords = (typed: string): RequestWords => {
  const words = typed.trim()
  const cut = reasonPattern.exec(words)
  const reason = cut ? words.slice(cut.index + cut[0].length).trim() : ''
  const head = cut ? words.slice(0, cut.index) : words
  const length = lengthPattern.exec(head)
  const unit = length?.[2]?.toLowerCase()
  const search = (length ? head.replace(length[0], ' ') : head).replace(/\s+/g, ' ').trim()
  return {
    search,
    ...(length && isUnit(unit) && { duration: seconds(Number(length[1]) * lengths[unit]) }),
    ...(reason && { reason }),
  }
}

const isUnit = (unit: string | undefined): unit is keyof typeof lengths => unit !== undefined && unit in lengths
