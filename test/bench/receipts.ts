import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startWorld } from '../../src/demo/world.ts'
import { namesIn } from '../../src/domain/connector.ts'
import { readSqlite } from '../../src/store/sqlite/reading.ts'
import { eventually } from '../support/eventually.ts'
import { orders, storyIn } from '../support/story.ts'
import { auditLine } from './audit-line.ts'
import { median, percentile, type Row } from './figures.ts'
import { residentMegabytes } from './process.ts'

const linesASecond = 1_000
/** Until then the process still grows, as every fresh one does. */
const warm = 8
const uses = Number(process.env.BENCH_USES ?? 20)

/** From a line in the log to the card that tells of it, while the vault writes a thousand lines a second about others. */
export const receiptToCard = async (): Promise<{ rows: readonly Row[]; notes: readonly string[] }> => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-audit-'))
  const file = join(folder, 'audit.log')
  await writeFile(file, '')
  const world = await startWorld({
    integrations: (example) => [{ ...example, vault: { ...Object(Object(example).vault), audit: { file } } }],
  })
  const noise = spawn(process.execPath, [join(import.meta.dirname, 'receipts-noise.ts'), file, `${linesASecond}`])
  try {
    const story = storyIn(world)
    const request = await story.approve(story.cast.owner, await story.ask(story.cast.developer, { path: orders }))
    const reader = readSqlite(world.files.database)
    const loaded = await reader.request(request.id as never)
    await reader.close()
    const name = namesIn(loaded?.grant?.handle).at(-1) ?? ''
    const { pid } = world.latchkey()
    await delay(5_000)
    let before = 0
    // A card that a newer one follows is only its first line.
    const tells = (text: string, word: string) => text.includes('see below') || text.includes(word)
    const tellAll = (word: string) => story.copies(request).every((card) => tells(story.textOf(card), word))
    const times: number[] = []
    let most = 0
    for (let use = 1; use <= uses; use += 1) {
      const word = use === 1 ? 'Used once' : use === 2 ? 'Used twice' : `Used ${use} times`
      const began = performance.now()
      await appendFile(file, auditLine(name, 'kv/data/apps/orders/database'))
      await eventually(() => tellAll(word), { limit: 20_000 })
      times.push(performance.now() - began)
      if (use === warm) before = await residentMegabytes({ pid })
      most = Math.max(most, await residentMegabytes({ pid }))
      await delay(1_500) // longer than the pause between two edits of a card
    }
    const after = await residentMegabytes({ pid })
    return {
      rows: [
        { what: 'line in the log → card in chat, p50', ours: median(times), baseline: 2_000, unit: 'ms', goal: 1 },
        {
          what: 'line in the log → card in chat, p95',
          ours: percentile(times, 0.95),
          baseline: 2_000,
          unit: 'ms',
          goal: 1,
        },
        { what: 'memory at the end, against the beginning', ours: after, baseline: before, unit: 'MB', goal: 1.1 },
      ],
      notes: [`${linesASecond} lines a second about others; ${uses} uses; most memory ${most.toFixed(0)} MB`],
    }
  } finally {
    noise.kill('SIGKILL')
    await once(noise, 'exit').catch(() => {})
    await world.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
