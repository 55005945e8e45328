import { lengthInWords } from '../domain/length.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'
import type { Span, Text } from './view-model.ts'

/** A length of time in words, such as "1 hour 30 minutes". */
export const durationText = (length: Seconds): string => lengthInWords(length)

/** A moment for readers whose time zone is unknown, such as "2026-11-23 14:02 UTC". */
export const utcText = (moment: Timestamp): string =>
  `${new Date(moment).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** The time that a step took, such as "12 ms" or "1.4 s". */
export const latencyText = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.max(0, Math.round(milliseconds))} ms` : `${(milliseconds / 1000).toFixed(1)} s`

/** The text without formatting, for notifications and form errors. */
export const plainText = (text: Text): string => text.map(plainSpan).join('')

const plainSpan = (span: Span): string => {
  if (typeof span === 'string') return span
  if ('time' in span) return utcText(span.time)
  if ('person' in span) return span.person
  if ('code' in span) return span.code
  return span.strong
}
