import { printable } from '../terminal.ts'
import type { Io } from './io.ts'

export type Column<Row> = { readonly title: string; readonly of: (row: Row) => string }

const gap = '  '

/** Prints rows as a table that fits the terminal, or as JSON with `--json`. */
export const printTable = <Row>(
  io: Pick<Io, 'say' | 'width'>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { json = false, empty = 'Nothing.' }: { readonly json?: boolean | undefined; readonly empty?: string } = {},
): void => {
  const text = rows.length === 0 ? empty : tableText(columns, rows, io.width)
  io.say(json ? JSON.stringify(rows, undefined, 2) : text)
}

/**
 * The table as text. Wide cells wrap at spaces; a word, such as a path, is never broken, so that it can be copied. Where
 * the longest words do not fit beside each other, each row becomes a block.
 */
export const tableText = <Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string => {
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ of }) => printable(of(row)))),
  ]
  const widest = (index: number, of: (text: string) => number) =>
    Math.max(...cells.map((line) => of(line[index] ?? '')))
  const natural = columns.map((_, index) => widest(index, lengthOf))
  const least = columns.map((_, index) => widest(index, longestWord))
  const widths = fitted(natural, least, width - gap.length * (columns.length - 1))
  if (widths !== undefined) return cells.map((line) => laidOut(line, widths)).join('\n')
  const [titles = [], ...lines] = cells
  return lines.map((line) => block(titles, line, width)).join('\n\n')
}

/** Narrows the widest column that can be narrower until the line fits; `undefined` where it cannot fit. */
const fitted = (natural: readonly number[], least: readonly number[], room: number): readonly number[] | undefined => {
  const widths = [...natural]
  const total = () => widths.reduce((sum, one) => sum + one, 0)
  while (total() > room) {
    const [widest] = widths
      .map((one, index) => ({ one, index }))
      .filter(({ one, index }) => one > (least[index] ?? 0))
      .sort((some, other) => other.one - some.one)
    if (!widest) return undefined
    widths[widest.index] = widest.one - 1
  }
  return widths
}

/** One row as lines of title and text; empty cells are left out. */
const block = (titles: readonly string[], line: readonly string[], width: number): string => {
  const room = Math.max(...titles.map(lengthOf))
  return line
    .flatMap((text, index) => (text === '' ? [] : [{ title: titles[index] ?? '', text }]))
    .flatMap(({ title, text }) =>
      wrap(text, width - room - gap.length).map((part, at) => `${padded(at === 0 ? title : '', room)}${gap}${part}`),
    )
    .join('\n')
}

const laidOut = (line: readonly string[], widths: readonly number[]): string => {
  const wrapped = line.map((text, index) => wrap(text, widths[index] ?? 0))
  const height = Math.max(...wrapped.map((lines) => lines.length))
  const row = (at: number) =>
    wrapped
      .map((lines, index) => padded(lines[at] ?? '', widths[index] ?? 0))
      .join(gap)
      .trimEnd()
  return Array.from({ length: height }, (_, at) => row(at)).join('\n')
}

/** Breaks a line with its indentation kept; what follows is indented a little more. */
export const folded = (text: string, width: number): readonly string[] => {
  const indent = /^ */.exec(text)?.[0] ?? ''
  return wrap(text.slice(indent.length), width - indent.length - gap.length).map(
    (line, at) => `${indent}${at === 0 ? '' : gap}${line}`,
  )
}

/** Breaks lines at spaces. A word that is wider has its own line. */
export const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (lengthOf(longer) <= width) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
  }
  return [...lines, line]
}

const lengthOf = (text: string): number => [...text].length
const longestWord = (text: string): number => Math.max(...text.split(' ').map(lengthOf))
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)))
