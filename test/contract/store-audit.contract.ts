import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { grantId, requestId } from '../../src/domain/ids.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

const sorted = (value: unknown): unknown =>
  typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([one], [other]) => (one < other ? -1 : 1))
          .map(([key, inner]) => [key, sorted(inner)]),
      )
    : value

/** The audit log. */
export function auditContract(store: Current): void {
  test('audit rows come back in order, numbered from 1, page by page', async () => {
    const events = [
      sample.event({ actor: { kind: 'person', id: sample.ada }, request: requestId('r'), grant: grantId('g') }),
      sample.event({ actor: { kind: 'stranger', platform: 'slack', tenant: 'T', subject: 'U' }, kind: 'refused' }),
      sample.event({ actor: { kind: 'operator', name: 'root' }, detail: {} }),
    ]
    await store().audit(events)
    const rows = await store().auditRows(0, 9)
    expect(rows.map(({ hash: _, ...row }) => row)).toEqual(
      events.map((event, index) => ({ ...event, sequence: index + 1 })),
    )
    expect(await store().auditRows(1, 1)).toEqual(rows.slice(1, 2))
    expect(await store().auditRows(3, 9)).toEqual([])
  })

  test('an event without an integration is kept so', async () => {
    const { integration: _, ...event } = sample.event({ kind: 'started' })
    await store().audit([event])
    expect(await store().auditRows(0, 9)).toEqual([{ ...event, sequence: 1, hash: expect.any(String) }])
  })

  test('anybody can follow the chain of hashes with the exported rows alone', async () => {
    await sample.ended(store())
    await store().audit([sample.event({ detail: { quote: '"', line: '\n', letter: 'ß', number: 1.5 } })])
    let hash = '0'.repeat(64)
    for (const { hash: stated, ...row } of await store().auditRows(0, 99)) {
      hash = createHash('sha256')
        .update(hash + JSON.stringify(sorted(row)))
        .digest('hex')
      expect(stated).toBe(hash)
    }
  })

  test('a log that nobody touched is whole, empty or longer than a page', async () => {
    expect(await store().verifyAudit()).toBeUndefined()
    await store().audit(Array.from({ length: 2_500 }, () => sample.event()))
    expect(await store().verifyAudit()).toBeUndefined()
    await store().audit([])
    expect(await store().auditRows(2_499, 9)).toHaveLength(1)
  })

  test('a log that grows while it is being checked is whole', async () => {
    await store().audit(Array.from({ length: 2_500 }, () => sample.event()))
    const verdict = store().verifyAudit()
    await store().audit([sample.event()])
    expect(await verdict).toBeUndefined()
  })
}
