import { printable } from '../terminal.ts'
import type { Io } from './io.ts'

export type Column<Row> = { readonly title: string; readonly of: (row: Row) => string }

const gap = '  '
const narrowest = 8

/** Prints rows as a table that fits the terminal (wide cells wrap), or as JSON with `--json`. */
export const printTable = <Row>(
  io: Pick<Io, 'say' | 'width'>,
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { json = false, empty = 'Nothing.' }: { readonly json?: boolean | undefined; readonly empty?: string } = {},
): void => {
  const text = rows.length === 0 ? empty : tableText(columns, rows, io.width)
  io.say(json ? JSON.stringify(rows, undefined, 2) : text)
}

/** The table as text. */
export const tableText = <Row>(columns: readonly Column<Row>[], rows: readonly Row[], width: number): string => {
  const cells = [
    columns.map(({ title }) => title.toUpperCase()),
    ...rows.map((row) => columns.map(({ of }) => printable(of(row)))),
  ]
  const natural = columns.map((_, index) => Math.max(...cells.map((line) => lengthOf(line[index] ?? ''))))
  const widths = fitted(natural, width - gap.length * (columns.length - 1))
  return cells.map((line) => laidOut(line, widths)).join('\n')
}

/** Narrows the widest column until the line fits, or every column has its minimum. */
const fitted = (natural: readonly number[], room: number): readonly number[] => {
  const widths = [...natural]
  const total = () => widths.reduce((sum, one) => sum + one, 0)
  while (total() > room) {
    const widest = Math.max(...widths)
    if (widest <= narrowest) break
    widths[widths.indexOf(widest)] = widest - 1
  }
  return widths
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

/** Breaks lines at spaces; breaks a word only if it is wider than the column. */
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
    const pieces = [...word]
    while (pieces.length > width && width > 0) lines.push(pieces.splice(0, width).join(''))
    line = pieces.join('')
  }
  return [...lines, line]
}

const lengthOf = (text: string): number => [...text].length
const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - lengthOf(text)))
