/** One line of the table: a ratio decides, the absolute figures are context. */
export type Row = {
  readonly what: string
  readonly ours: number
  readonly baseline: number
  readonly unit: string
  /** The ratio that is good enough; absent where two ways of use are only compared. */
  readonly goal?: number
  readonly note?: string
}

export const percentile = (values: readonly number[], share: number): number => {
  const sorted = [...values].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
export const median = (values: readonly number[]): number => percentile(values, 0.5)

/** Milliseconds that some work takes. */
export const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await work()
  return performance.now() - started
}

/** Runs `count` pieces of work, at most `atOnce` at a time. */
export const inParallel = async <T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> => {
  const queue = items[Symbol.iterator]()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of queue) await work(item)
    }),
  )
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)

/** A Markdown table, as the README shows it. */
export const table = (rows: readonly Row[]): string =>
  [
    '| | ours | baseline | ratio | goal | |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ what, ours, baseline, unit, goal, note }) => {
      const ratio = ours / baseline
      const verdict = goal === undefined ? [] : [ratio <= goal ? 'met' : '**missed**']
      const figures = [`${shown(ours)} ${unit}`, `${shown(baseline)} ${unit}`, ratio.toFixed(2)]
      const last = [...verdict, ...(note ? [note] : [])].join('; ')
      return `| ${[what, ...figures, goal === undefined ? '' : `≤ ${goal}`, last].join(' | ')} |`
    }),
  ].join('\n')
