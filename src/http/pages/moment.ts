import { html } from 'hono/html'
import { lengthInWords } from '../../domain/length.ts'
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

/** A length of time in its one or two largest units: `1 hour 30 minutes`. */
export const inWords = (length: Seconds): string => lengthInWords(length, 2)
