import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { median } from './figures.ts'

/**
 * `npm run bench:compare -- OTHER PAIRS PART…` measures this checkout against another one, in turns: as many pairs of runs
 * as asked for, each checkout first in every second pair. Prints the median of the pairs' ratios for each figure.
 */
const [other, pairs, ...parts] = process.argv.slice(2)
if (other === undefined || !Number(pairs) || parts.length === 0) {
  throw new Error('name the other checkout, the number of pairs and the parts, such as: ../before 7 clicks access')
}
const here = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** Our own figures of one run, by the name of their row. */
const measure = async (folder: string): Promise<ReadonlyMap<string, number>> => {
  const command = ['src/launch.cjs', 'test/bench/main.ts', ...parts]
  const { stdout } = await run(process.execPath, command, { cwd: folder, maxBuffer: 1e8 })
  const rows = [...stdout.matchAll(/^\| (.+?) \| ([\d.]+) (?:ms|s|MB) \|/gm)]
  return new Map(rows.map(([, what = '', ours]) => [what, Number(ours)]))
}

const figures = new Map<string, { ours: number[]; before: number[] }>()
for (let pair = 1; pair <= Number(pairs); pair += 1) {
  const order = pair % 2 === 1 ? [here, other] : [other, here]
  for (const folder of order) {
    for (const [what, value] of await measure(folder)) {
      const known = figures.get(what) ?? { ours: [], before: [] }
      figures.set(what, known)
      known[folder === here ? 'ours' : 'before'].push(value)
    }
  }
  process.stderr.write(`pair ${pair} of ${pairs} is measured\n`)
}

console.log('| | before | now | median ratio | ratios |\n| --- | --- | --- | --- | --- |')
for (const [what, { ours, before }] of figures) {
  const ratios = ours.map((value, index) => value / (before[index] ?? Number.NaN))
  const all = [...ratios].sort((one, two) => one - two).map((ratio) => ratio.toFixed(2))
  console.log(`| ${what} | ${median(before)} | ${median(ours)} | ${median(ratios).toFixed(2)} | ${all.join(' ')} |`)
}
