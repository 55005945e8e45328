import { expect, test } from 'vitest'
import { counted } from '../../../src/chat/intake/counted.ts'
import { type Timestamp, timestamp } from '../../../src/domain/time.ts'

test('a thousand refusals are two lines: the first at once, the others a minute later with their number', async () => {
  let now = timestamp(0)
  let wake = () => {}
  const clock = {
    now: () => now,
    sleep: (until: Timestamp) =>
      new Promise<void>((resolve) => {
        wake = () => {
          now = until
          resolve()
        }
      }),
  }
  const lines: object[] = []
  const log = { warn: (fields: object, message: string) => void lines.push({ ...fields, message }) }
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  const refused = counted(log, clock, new AbortController().signal, 'deliveries were not taken')

  for (let each = 0; each < 1000; each += 1) refused(each % 2 === 0 ? 'too slow' : 'too large')
  const message = 'deliveries were not taken'
  expect(lines).toEqual([{ message, 'too slow': 1 }])
  wake()
  await settled()
  expect(lines.slice(1)).toEqual([{ message, 'too large': 500, 'too slow': 499 }])
  expect(now).toBe(60_000)
  wake()
  await settled()
  refused('too slow')
  expect(lines).toHaveLength(3)
})
