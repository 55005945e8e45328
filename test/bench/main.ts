import { openBenchWorld } from './bench-world.ts'
import { clickToAck } from './clicks.ts'
import { type Row, table } from './figures.ts'
import { approveToAccess, endMany, redeemToCredential } from './grants.ts'
import { startAndMemory } from './process.ts'

/** `npm run bench`: measures on the real OpenBao and prints a table; `discovery.bench.ts` beside it is run by itself. */
const rows: Row[] = [await clickToAck()]
const world = await openBenchWorld({ people: 40, secrets: 40 })
try {
  rows.push(await approveToAccess(world))
  rows.push(await redeemToCredential(world))
} finally {
  await world.close()
}
const { row, provedWithin } = await endMany(1000, 16)
rows.push({ ...row, note: `all proved within ${(provedWithin / 1000).toFixed(1)} s` })
rows.push(...(await startAndMemory()))
console.log(table(rows))
process.exit(0)
