import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { listen } from '../../src/connectors/vault/audit-log/listen.ts'
import { vaultNames } from '../../src/connectors/vault/names.ts'
import { grantId, instanceId } from '../../src/domain/ids.ts'
import { timestamp } from '../../src/domain/time.ts'
import type { AuditBatch } from '../../src/ports.ts'
import { auditLine } from '../bench/audit-line.ts'
import { eventually } from '../support/eventually.ts'

const names = vaultNames('latchkey-', instanceId('i0test'))
const name = names.drawPolicy(grantId('0123'), 0)
const socket = '127.0.0.1:39091'

test('a socket tells each line once, and what was written while nobody listened is a gap', async () => {
  const wanted = { names, beginning: 'latchkey-i0test-g-' }
  const clock = { now: () => timestamp(Date.now()) }
  const batches: AuditBatch[] = []
  const watch = (from?: AuditBatch) => {
    const end = new AbortController()
    const running = (async () => {
      for await (const batch of listen({ socket, wanted, clock }, from, end.signal)) batches.push(batch)
    })()
    return async () => {
      end.abort()
      await running
    }
  }
  const lines = () => batches.flatMap((batch) => batch.lines)
  const write = (...texts: readonly string[]) => {
    const line = connect({ host: '127.0.0.1', port: 39_091 })
    for (const text of texts) line.write(text)
    return line
  }
  const first = watch()
  await eventually(() => batches.length === 1)
  const whole = auditLine(name, 'kv/data/a')
  const line = write(auditLine('another', 'kv/x'), whole.slice(0, 40), whole.slice(40))
  await eventually(() => lines().length === 1)
  expect(batches.at(-1)).toMatchObject({ gaps: [{ from: 0 }] })
  expect(batches.at(-1)?.doubtSince).toBeUndefined()
  line.write(`\u0000\u0001 noise\n${auditLine(name, 'kv/data/b')}`)
  await eventually(() => lines().length === 2)
  await first()
  const last = batches.at(-1)
  const again = watch(last)
  await eventually(() => batches.at(-1) !== last)
  expect(batches.at(-1)?.doubtSince).toBe(last?.readTo)
  const other = write(auditLine(name, 'kv/data/c'))
  await eventually(() => lines().length === 3)
  expect(batches.at(-1)?.gaps).toMatchObject([{ from: last?.readTo }])
  other.destroy()
  await again()
})
