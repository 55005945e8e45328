/** The reader of a date. */
export type DateReader = { timeZone: string; nowSeconds: number }

const dayMilliseconds = 86_400_000

/** Fills the tokens of Slack's `<!date^…>`, such as `{date_short_pretty} at {time}`, for one reader. */
export function formatSlackDate(seconds: number, format: string, reader: DateReader): string {
  return format.replace(/\{([a-z_]+)\}/g, (token, name: string) => tokenText(name, seconds, reader) ?? token)
}

function tokenText(name: string, seconds: number, reader: DateReader): string | undefined {
  const at = new Date(seconds * 1000)
  const { timeZone } = reader
  const write = (options: Intl.DateTimeFormatOptions, locale = 'en-US') =>
    at.toLocaleString(locale, { timeZone, ...options })
  const pretty = name.endsWith('_pretty') ? nearDay(at, reader) : undefined
  if (pretty !== undefined) return pretty
  switch (name.replace('_pretty', '')) {
    case 'date_num':
      return write({ year: 'numeric', month: '2-digit', day: '2-digit' }, 'en-CA')
    case 'date_slash':
      return write({ year: 'numeric', month: '2-digit', day: '2-digit' })
    case 'date':
      return write({ year: 'numeric', month: 'long', day: 'numeric' })
    case 'date_short':
      return write({ year: 'numeric', month: 'short', day: 'numeric' })
    case 'date_long':
      return write({ weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
    case 'time':
      return write({ hour: 'numeric', minute: '2-digit' })
    case 'time_secs':
      return write({ hour: 'numeric', minute: '2-digit', second: '2-digit' })
    case 'ago':
      return relative(seconds - reader.nowSeconds)
    default:
      return undefined
  }
}

function nearDay(at: Date, { timeZone, nowSeconds }: DateReader): string | undefined {
  const dayOf = (date: Date) => date.toLocaleDateString('en-CA', { timeZone })
  const now = nowSeconds * 1000
  if (dayOf(at) === dayOf(new Date(now))) return 'today'
  if (dayOf(at) === dayOf(new Date(now - dayMilliseconds))) return 'yesterday'
  if (dayOf(at) === dayOf(new Date(now + dayMilliseconds))) return 'tomorrow'
  return undefined
}

function relative(seconds: number): string {
  const size = Math.abs(seconds)
  const [divisor, unit]: [number, Intl.RelativeTimeFormatUnit] =
    size < 60 ? [1, 'second'] : size < 3600 ? [60, 'minute'] : size < 86_400 ? [3600, 'hour'] : [86_400, 'day']
  return new Intl.RelativeTimeFormat('en-US').format(Math.round(seconds / divisor), unit)
}
