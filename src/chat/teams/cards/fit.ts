import type { Element } from './card-schema.ts'

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value))

/** One part of a card, such as a paragraph with its lines, shown completely or not at all. */
export type Part = readonly Element[]

/**
 * The parts and the end of a card, such as its buttons, within `room` bytes. The end always stays; the first part that
 * does not fit and all after it give way to a line that says so.
 */
export const fitted = (parts: readonly Part[], end: Part, room: number): Element[] => {
  const sizes = parts.map((part) => part.reduce((sum, element) => sum + sizeOf(element) + 1, 0))
  const left = room - end.reduce((sum, element) => sum + sizeOf(element) + 1, 0)
  if (sum(sizes) <= left) return [...parts.flat(), ...end]
  let count = 0
  for (let used = sizeOf(missing(parts.length)) + 1; count < parts.length; count += 1) {
    used += sizes[count] ?? 0
    if (used > left) break
  }
  return [...parts.slice(0, count).flat(), missing(parts.length - count), ...end]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0)

const missing = (count: number): Element => ({
  type: 'TextBlock',
  text: `… and ${count} more ${count === 1 ? 'part' : 'parts'} that are not shown`,
  wrap: true,
})
