import { type Seconds, seconds } from './time.ts'

const units = [
  { name: 'day', letter: 'd', size: 86_400 },
  { name: 'hour', letter: 'h', size: 3_600 },
  { name: 'minute', letter: 'm', size: 60 },
  { name: 'second', letter: 's', size: 1 },
] as const

/** Parses a length of time such as `45s`, `15m`, `1h30m` or `2d`; `undefined` for any other text. */
export const lengthOf = (text: string): Seconds | undefined => {
  if (!/^(\d{1,9}[dhms])+$/.test(text)) return undefined
  const parts = [...text.matchAll(/(\d+)([dhms])/g)]
  return seconds(parts.reduce((sum, [, count, letter]) => sum + Number(count) * sizeOf(letter), 0))
}

const sizeOf = (letter: string | undefined): number => units.find((unit) => unit.letter === letter)?.size ?? 0

/** Writes a length in the largest unit without a remainder, such as `90s`, `4h` or `32d`. */
export const lengthText = (length: number): string => {
  const { letter, size } = units.find((unit) => length >= unit.size && length % unit.size === 0) ?? units[3]
  return `${length / size}${letter}`
}

/** Writes a length in words, such as "1 hour 30 minutes", in its `most` largest units; the rest is cut. */
export const lengthInWords = (length: number, most: number = units.length): string => {
  const whole = Math.max(0, Math.round(length))
  const largest = units.findIndex(({ size }) => whole >= size)
  const parts = units.slice(largest, largest + most).flatMap(({ name, size }, index) => {
    const before = units[largest + index - 1]?.size ?? Number.POSITIVE_INFINITY
    const count = Math.floor((index === 0 ? whole : whole % before) / size)
    return count === 0 ? [] : [`${count} ${count === 1 ? name : `${name}s`}`]
  })
  return largest === -1 ? '0 seconds' : parts.join(' ')
}
