const active = /(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Makes text that cannot control a terminal: control and format characters become `\uXXXX`; lines and tabs stay. */
export const printable = (text: string): string =>
  text.replace(active, (characters) =>
    Array.from(
      { length: characters.length },
      (_, at) => `\\u${characters.charCodeAt(at).toString(16).padStart(4, '0')}`,
    ).join(''),
  )

/** A word of a shell command, quoted where the shell would interpret it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`

/** Others' words without their line breaks, so that they cannot pass for lines of ours. */
export const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

/** Columns with a heading; the last column is not padded. */
export const table = (heading: readonly string[], rows: readonly (readonly string[])[]): string => {
  const all = [heading, ...rows].map((row) => row.map((cell) => cell.replaceAll(/\s+/g, ' ')))
  const widths = heading.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** A length of time such as `90m`, `2h` or `1h30m`, in seconds; `undefined` where it is none. */
export const secondsOf = (text: string): number | undefined => {
  const [all, days = '0', hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text) ?? []
  if (!all) return undefined
  return Number(days) * 86_400 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
}

/** A length of time for people, in its two largest units. */
export const lengthOf = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds))
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor(whole / 3600) % 24, 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ] as const
  const first = parts.findIndex(([count]) => count > 0)
  if (first === -1) return '0s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count}${unit}`)
    .join('')
}

/** How long from now until a moment: `in 2h`, or `now` when it is past. */
export const leftUntil = (moment: string, now = Date.now()): string => {
  const left = (Date.parse(moment) - now) / 1000
  return left > 0 ? `in ${lengthOf(left)}` : 'now'
}
