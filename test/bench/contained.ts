import { openBenchWorld } from './bench-world.ts'
import { median, type Row } from './figures.ts'
import { approveOnce, redeemOnce } from './grants.ts'

const rounds = 30
const warmUp = 3

/** A bot that only lends against one that writes policies: the same steps, in turns, each mode first in every second round. */
export const containedMode = async (): Promise<readonly Row[]> => {
  const size = { people: 40, secrets: 40 }
  const [lending, writing] = [
    await openBenchWorld({ ...size, mode: 'contained' }),
    await openBenchWorld({ ...size, mode: 'root-equivalent' }),
  ]
  try {
    const rows: Row[] = []
    for (const [what, once] of [
      ['approve → access exists, contained', approveOnce],
      ['redeem → wrapped credential, contained', redeemOnce],
    ] as const) {
      const [ours, baseline]: [number[], number[]] = [[], []]
      for (let round = 0; round < rounds + warmUp; round += 1) {
        for (const world of round % 2 === 0 ? [lending, writing] : [writing, lending]) {
          const took = await once(world, round)
          if (round >= warmUp) (world === lending ? ours : baseline).push(took)
        }
      }
      rows.push({ what, ours: median(ours), baseline: median(baseline), unit: 'ms', goal: 1.1 })
    }
    return rows
  } finally {
    await lending.close()
    await writing.close()
  }
}
