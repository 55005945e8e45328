import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { countOf, million, type Tree } from './discovery-tree.ts'
import { median, type Row } from './figures.ts'
import type { Typing, TypingFigures } from './typeahead-run.ts'

const tree: Tree = JSON.parse(process.env.BENCH_TREE ?? JSON.stringify(million))
const rounds = Number(process.env.BENCH_ROUNDS ?? 3)
/** The version to compare with, before searches had words of one letter in mind. */
const former = 'b39b8c6'
const people = 20
const texts = 5
const here = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Twenty people type in a catalogue of a million, in turns with the former version at the same number. */
export const typeahead = async (): Promise<{ rows: readonly Row[]; notes: readonly string[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'))
  const before = join(folder, 'before')
  try {
    await run('git', ['worktree', 'add', '--detach', before, former], { cwd: here })
    await symlink(join(here, 'node_modules'), join(before, 'node_modules'))
    const figures = { now: [] as TypingFigures[], before: [] as TypingFigures[] }
    for (let round = 0; round < rounds; round += 1) {
      for (const which of round % 2 === 0 ? (['now', 'before'] as const) : (['before', 'now'] as const)) {
        const root = which === 'now' ? here : before
        const measured = await typingAt({ root, database: join(folder, `${which}.sqlite`), tree, people, texts })
        process.stderr.write(`  ${which}: ${JSON.stringify(measured)}\n`)
        figures[which].push(measured)
      }
    }
    const middle = (which: 'now' | 'before', of: keyof TypingFigures) => median(figures[which].map((each) => each[of]))
    const worst = (which: 'now' | 'before', of: keyof TypingFigures) =>
      Math.max(...figures[which].map((each) => each[of]))
    const { secrets } = countOf(tree)
    return {
      rows: [
        {
          what: `typeahead at ${secrets} resources, ${people} people, p99`,
          ...{ ours: middle('now', 'p99'), baseline: middle('before', 'p99'), unit: 'ms', goal: 0.5 },
          note: `p50 ${middle('now', 'p50').toFixed(1)} against ${middle('before', 'p50').toFixed(1)} ms`,
        },
        {
          what: 'the event loop is held meanwhile, longest, against 50 ms',
          ...{ ours: worst('now', 'held'), baseline: 50, unit: 'ms', goal: 1 },
          note: `${worst('before', 'held').toFixed(0)} ms before`,
        },
      ],
      notes: [
        `Peak memory: ${worst('now', 'megabytes').toFixed(0)} MB, ${worst('before', 'megabytes').toFixed(0)} before.`,
      ],
    }
  } finally {
    await run('git', ['worktree', 'remove', '--force', before], { cwd: here })
    await rm(folder, { recursive: true, force: true })
  }
}

const typingAt = async (typing: Typing): Promise<TypingFigures> => {
  const program = join(import.meta.dirname, 'typeahead-run.ts')
  const { stdout } = await run(process.execPath, [program, JSON.stringify(typing)])
  return JSON.parse(stdout)
}
