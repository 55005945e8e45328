import { openBenchWorld } from './bench-world.ts'
import { type Row, table } from './figures.ts'
import { approveToAccess, endMany, redeemToCredential } from './grants.ts'

/** `npm run bench`: measures on the real OpenBao and prints the table of the README. */
const rows: Row[] = []
const world = await openBenchWorld({ people: 40, secrets: 40 })
try {
  rows.push(await approveToAccess(world))
  rows.push(await redeemToCredential(world))
} finally {
  await world.close()
}
const { row, provedWithin } = await endMany(1000, 16)
rows.push({ ...row, note: `all proved within ${(provedWithin / 1000).toFixed(1)} s` })
console.log(table(rows))
process.exit(0)
