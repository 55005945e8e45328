import { expect, test } from 'vitest'
import { byOperator } from '../../src/domain/audit-event.ts'
import { wordsErased } from '../../src/domain/erasure.ts'
import { grantId, personId, requestId } from '../../src/domain/ids.ts'
import type { Run } from '../../src/domain/pipeline.ts'
import type { Loaded } from '../../src/ports.ts'
import { hashFrom } from '../support/hashed-row.ts'
import type { Current } from './store.contract.ts'
import * as sample from './store-samples.ts'

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
    for (const row of await store().auditRows(0, 99)) {
      hash = hashFrom(hash, row)
      expect(row.hash).toBe(hash)
    }
  })

  test('what somebody wrote is erased once it is over and old enough, and the log stays whole', async () => {
    const old = await sample.ended(store(), { by: sample.ada, reason: 'My phone is 555 0100.' })
    const open = await sample.submitted(store(), { by: sample.ada, reason: 'It is on fire.' })
    const others = await sample.ended(store(), { by: sample.linus, reason: 'Not hers.' })
    const erase = (event?: ReturnType<typeof wordsErased>, before = sample.at(1000)) =>
      store().eraseWords(sample.ada, before, event)
    const saidOf = async () =>
      (await store().auditRows(0, 99)).flatMap(({ kind, detail }) =>
        kind === 'request-submitted' ? [detail.reason] : [],
      )
    expect(await erase(undefined, sample.at(0))).toMatchObject({ reasons: 0, rows: [], kept: 2 })
    const counted = await erase()
    expect(counted).toMatchObject({ reasons: 1, kept: 1, older: 0 })
    expect(await saidOf()).toEqual(['My phone is 555 0100.', 'It is on fire.', 'Not hers.'])
    expect(await erase(wordsErased(sample.ada, byOperator('root'), sample.at(1001)))).toEqual(counted)
    expect(await saidOf()).toEqual(['(erased)', 'It is on fire.', 'Not hers.'])
    const reasonOf = async (loaded: Loaded) => (await sample.reload(store(), loaded.request)).request.reason
    expect(await Promise.all([old, open, others].map(reasonOf))).toEqual(['(erased)', 'It is on fire.', 'Not hers.'])
    expect(await store().verifyAudit()).toBeUndefined()
    let hash = '0'.repeat(64)
    for (const row of await store().auditRows(0, 99)) {
      hash = hashFrom(hash, row)
      expect(row.hash).toBe(hash)
    }
    expect(await erase()).toMatchObject({ reasons: 0, notes: 0, rows: [], kept: 1 })
  })

  test('who started the runs of a pipeline is erased with its words, and the rest of each run stays', async () => {
    const deploy = personId('pipeline-deploy')
    const runBy = (login: string): Run => ({
      issuer: 'https://ci.example',
      claims: [
        { name: 'repository', value: 'acme/shop' },
        { name: 'actor', value: login },
        { name: 'user_login', value: login },
      ],
    })
    const old = await sample.ended(store(), { by: deploy, run: runBy('octo') })
    const open = await sample.submitted(store(), { by: deploy, run: runBy('octo') })
    const others = await sample.ended(store(), { by: personId('pipeline-other'), run: runBy('octo') })
    const runOf = async (loaded: Loaded) => (await sample.reload(store(), loaded.request)).request.run
    const erase = () =>
      store().eraseWords(deploy, sample.at(1000), wordsErased(deploy, byOperator('root'), sample.at(1001)))
    expect(await erase()).toMatchObject({ runs: 1, reasons: 1, kept: 1, older: 0 })
    expect(await runOf(old)).toEqual(runBy('(erased)'))
    expect(await Promise.all([open, others].map(runOf))).toEqual([runBy('octo'), runBy('octo')])
    const told = (await store().auditRows(0, 99)).flatMap(({ kind, detail }) =>
      kind === 'request-submitted' ? [detail.run] : [],
    )
    const inWords = 'repository acme/shop, actor octo, user_login octo'
    expect(told).toEqual(['(erased)', inWords, inWords])
    expect(await store().verifyAudit()).toBeUndefined()
    expect(await erase()).toMatchObject({ runs: 0, rows: [] })
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
