import { openBenchWorld } from './bench-world.ts'
import { startAndMemoryOfChats } from './chats.ts'
import { clickToAck } from './clicks.ts'
import { containedMode } from './contained.ts'
import { copiesTruthful } from './copies.ts'
import { discovery } from './discovery.ts'
import { dueAtOnce } from './due.ts'
import { type Row, table } from './figures.ts'
import { approveToAccess, endMany, redeemToCredential } from './grants.ts'
import { heldConnections } from './held.ts'
import { invokeToAnswer } from './invokes.ts'
import { afterLongHistory } from './long-history.ts'
import { millionSecrets } from './million.ts'
import { peoplesCommand } from './people-cli.ts'
import { submitToPosted } from './posts.ts'
import { startAndMemory } from './process.ts'
import { receiptToCard } from './receipts.ts'
import { severalReplicas } from './replicas.ts'
import { typeahead } from './typeahead.ts'

/** `npm run bench`: measures on the real OpenBao and prints tables; `npm run bench -- ends start` measures some of it. */
const parts: Record<string, () => Promise<{ rows: readonly Row[]; notes?: readonly string[] }>> = {
  clicks: async () => ({ rows: [await clickToAck()] }),
  invokes: async () => ({ rows: await invokeToAnswer() }),
  posts: async () => ({ rows: [await submitToPosted()] }),
  copies: async () => ({ rows: [await copiesTruthful()] }),
  access: async () => {
    const world = await openBenchWorld({ people: 40, secrets: 40 })
    try {
      return { rows: [await approveToAccess(world), await redeemToCredential(world)] }
    } finally {
      await world.close()
    }
  },
  contained: async () => ({ rows: await containedMode() }),
  ends: async () => ({
    rows: await endMany({ count: 1000, atOnce: 16, repetitions: Number(process.env.BENCH_ROUNDS ?? 5) }),
  }),
  due: dueAtOnce,
  held: async () => ({ rows: await heldConnections() }),
  start: async () => ({ rows: await startAndMemory() }),
  chats: startAndMemoryOfChats,
  history: async () => ({ rows: await afterLongHistory() }),
  discovery,
  million: millionSecrets,
  typeahead,
  receipts: receiptToCard,
  replicas: async () => ({ rows: await severalReplicas() }),
  cli: async () => ({ rows: await peoplesCommand() }),
}

const [unknown] = process.argv.slice(2).filter((name) => !(name in parts))
if (unknown !== undefined) throw new Error(`there is no part "${unknown}"; there are ${Object.keys(parts).join(', ')}`)
for (const [name, measure] of Object.entries(parts)) {
  if (process.argv.length > 2 && !process.argv.includes(name)) continue
  const { rows, notes = [] } = await measure()
  console.log([`${name}:`, table(rows), ...notes].join('\n'))
}
process.exit(0)
