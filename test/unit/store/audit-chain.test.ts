import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type AuditEvent, system } from '../../../src/domain/audit-event.ts'
import type { AuditHead } from '../../../src/ports.ts'
import { type ChainRow, chained, origin, toAuditRow, verifyChain } from '../../../src/store/audit-chain.ts'
import { noon } from '../../support/builders.ts'

const events = fc.array(
  fc.record({
    at: fc.constant(noon),
    kind: fc.constantFrom('access-provisioned', 'refused'),
    actor: fc.constant(system),
    // Keys are those of our own code; the schema that reads them drops this one.
    detail: fc.dictionary(
      fc.string().filter((key) => key !== '__proto__'),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
    ),
  }),
  { minLength: 1, maxLength: 12 },
) satisfies fc.Arbitrary<AuditEvent[]>

const start: AuditHead = { sequence: 0, hash: origin }

async function* paged(rows: readonly ChainRow[], size: number, head: AuditHead) {
  for (let from = 0; from <= rows.length; from += size) yield { rows: rows.slice(from, from + size), head }
}

const verify = (rows: readonly ChainRow[], head: AuditHead, size = 3, known: readonly AuditHead[] = []) =>
  verifyChain(paged(rows, size, head), known)

const madeOf = (given: readonly AuditEvent[]): { rows: readonly ChainRow[]; head: AuditHead } => {
  const rows = chained(start, given)
  return { rows, head: rows.at(-1) ?? start }
}

test('a chain is whole however it was cut into pages, and appended in one go or in several', async () => {
  await fc.assert(
    fc.asyncProperty(events, events, fc.integer({ min: 1, max: 5 }), async (first, second, size) => {
      const { rows, head } = madeOf([...first, ...second])
      const before = madeOf(first)
      expect([...before.rows, ...chained(before.head, second)]).toEqual(rows)
      expect(await verify(rows, head, size, [before.head])).toEqual({ rows: rows.length, head })
      expect(rows.map(toAuditRow).map(({ detail }) => detail)).toEqual(
        [...first, ...second].map(({ detail }) => detail),
      )
    }),
  )
})

test('a changed, missing or cut row is found where it is', async () => {
  await fc.assert(
    fc.asyncProperty(events, fc.nat(), async (given, any) => {
      const { rows, head } = madeOf(given)
      const at = any % rows.length
      const altered = rows.map((row, index) => (index === at ? { ...row, actor: '{"id":"x","kind":"person"}' } : row))
      expect((await verify(altered, head)).firstBad).toEqual({ sequence: at + 1, fault: 'altered' })
      const without = rows.filter((_, index) => index !== at)
      expect((await verify(without, head)).firstBad).toEqual({ sequence: at + 1, fault: 'missing' })
      // Cut together with its head, it is found only by a head that somebody kept.
      const cut = madeOf(given.slice(0, at))
      expect((await verify(cut.rows, cut.head)).firstBad).toBeUndefined()
      expect((await verify(cut.rows, cut.head, 3, [head])).firstBad).toEqual({ sequence: at + 1, fault: 'missing' })
    }),
  )
})

test('a head that says something else than the last row, and a chain that was written anew, are found', async () => {
  const given: AuditEvent = { at: noon, kind: 'refused', actor: system, detail: { code: 'x' } }
  const { rows, head } = madeOf([given, given])
  expect((await verify(rows, { ...head, hash: origin })).firstBad).toEqual({ sequence: 2, fault: 'head-differs' })
  const anew = madeOf([{ ...given, detail: { code: 'y' } }, given])
  expect((await verify(anew.rows, anew.head, 3, [head])).firstBad).toEqual({ sequence: 2, fault: 'not-as-known' })
})

test('what people wrote is beside the chain, with a salt, so that no hash tells a short text', () => {
  const given: AuditEvent = { at: noon, kind: 'refused', actor: system, detail: { reason: 'yes', code: 'x', note: '' } }
  const [one, other] = [madeOf([given]).rows[0], madeOf([given]).rows[0]]
  expect(one?.detail).not.toContain('yes')
  expect(one?.detail).not.toBe(other?.detail)
  expect(one && toAuditRow(one).detail).toEqual(given.detail)
  expect(one && toAuditRow({ ...one, words: null }).detail).toEqual({ code: 'x', reason: '(erased)', note: '(erased)' })
})

test('words that are gone are a fault, unless a later row says that they were erased', async () => {
  const said: AuditEvent = { at: noon, kind: 'refused', actor: system, detail: { reason: 'It is on fire.' } }
  const about = (rows: string): AuditEvent => ({ at: noon, kind: 'words-erased', actor: system, detail: { rows } })
  const without = (rows: string) => {
    const { rows: made, head } = madeOf([said, said, said, about(rows)])
    return verify(
      made.map((row) => ({ ...row, words: null })),
      head,
    )
  }
  expect((await without('1-3')).firstBad).toBeUndefined()
  expect((await without('1 3')).firstBad).toEqual({ sequence: 2, fault: 'words-missing' })
  expect((await without('')).firstBad).toEqual({ sequence: 1, fault: 'words-missing' })
})
