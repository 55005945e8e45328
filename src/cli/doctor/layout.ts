import { type Finding, isCommand } from '../../findings.ts'
import { printable } from '../../terminal.ts'
import type { Io } from '../io.ts'
import { printTable, wrap } from '../table.ts'

const state = { title: 'state', of: ({ state }: Finding) => state }
const what = { title: 'what', of: ({ what }: Finding) => what }
const found = { title: 'found', of: ({ found }: Finding) => found }

/** What needs somebody, in that order. */
const open = ['missing', 'unknown', 'optional'] as const

type Output = Pick<Io, 'say' | 'width'>

/** Columns where no terminal says how many there are. */
const usualWidth = 80

/** Prints findings, or all of them as JSON. What is missing comes first, each command on a line of its own. */
export const printFindings = (
  io: Output,
  findings: readonly Finding[],
  { json, all }: { readonly json?: boolean | undefined; readonly all?: boolean | undefined },
): void => {
  if (json) printTable(io, [], findings, { json })
  else printBlocks({ ...io, width: Number.isFinite(io.width) ? io.width : usualWidth }, findings, all)
}

const printBlocks = (io: Output, findings: readonly Finding[], all = false): void => {
  const inOrder = open.flatMap((wanted) => findings.filter((each) => each.state === wanted))
  inOrder.forEach((one, index) => {
    const isShared = one.remedy !== undefined && isCommand(one.remedy) && one.remedy === inOrder[index + 1]?.remedy
    for (const line of blockOf(isShared ? withoutRemedy(one) : one, io.width)) io.say(line)
    if (!isShared) io.say()
  })
  const fine = findings.filter((each) => each.state === 'ok')
  if (all) printTable(io, [state, what, found], fine)
  else if (fine.length > 0) io.say(`${fine.length} ok (--all lists them)`)
}

/** Neighbours with one command share it. */
const withoutRemedy = ({ remedy: _, ...rest }: Finding): Finding => rest

const blockOf = ({ state, what, found, remedy }: Finding, width: number): readonly string[] => {
  const indented = (text: string) => wrap(printable(text), width - 4).map((line) => `    ${line}`)
  return [
    ...wrap(printable(`${state}  ${what}`), width),
    ...indented(found),
    ...(remedy?.split('\n') ?? []).flatMap((one) => (isCommand(one) ? [printable(one)] : indented(`→ ${one}`))),
  ]
}
