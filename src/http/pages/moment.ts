import { html } from 'hono/html'
import type { Seconds, Timestamp } from '../../domain/time.ts'
import type { Html } from './layout.ts'

const form = {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
} as const
let known: Intl.DateTimeFormat | undefined

/** Built for the first page: it loads Node's tables of languages, which takes a start ten milliseconds. */
const utc = (): Intl.DateTimeFormat => {
  known ??= new Intl.DateTimeFormat('en-GB', form)
  return known
}

/** A moment in UTC. The page's script converts it to the reader's time zone. */
export const moment = (at: Timestamp): Html =>
  html`<time datetime="${new Date(at).toISOString()}">${utc().format(at)} UTC</time>`

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A length of time in its one or two largest units: `1 hour 30 minutes`. */
export const inWords = (length: Seconds): string => {
  const largest = units.findIndex(([, size]) => length >= size)
  if (largest === -1) return '0 seconds'
  let rest: number = length
  const parts = units.slice(largest, largest + 2).map(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`
  })
  return parts.filter(Boolean).join(' ')
}
