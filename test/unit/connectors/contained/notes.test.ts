import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lentIn, maySend, unsureUntil, withDraw, withLent } from '../../../../src/connectors/vault/contained/notes.ts'
import { handleNames, readHandle, withPolicy } from '../../../../src/connectors/vault/handle.ts'
import { vaultParams } from '../../../../src/connectors/vault/params.ts'
import { after, seconds, timestamp } from '../../../../src/domain/time.ts'

const params = vaultParams.parse({ internalUrl: 'http://127.0.0.1', credentials: { folder: '.' }, wrapSeconds: 60 })
const begin = timestamp(1_000_000)

describe('what a handle notes of a draw', () => {
  const drawn = withDraw(withPolicy(readHandle({}), 'n1'), params, begin)

  test('covers its call, an answer and the wrapping, but only a call that is sent soon', () => {
    expect(maySend(drawn, 'n1', params, after(begin, seconds(20)))).toBe(true)
    expect(maySend(drawn, 'n1', params, after(begin, seconds(21)))).toBe(false)
    expect(maySend(drawn, 'n2', params, begin)).toBe(false)
    expect(unsureUntil(drawn, begin)).toBe(after(begin, seconds(100)))
    expect(unsureUntil(drawn, after(begin, seconds(100)))).toBeUndefined()
  })

  test('is gone when the vault made nothing, or when the accessors are known', () => {
    expect(unsureUntil(readHandle(handleNames.gaveNothing(drawn)), begin)).toBeUndefined()
    const lent = { name: 'n1', token: 'token', wrapping: 'wrapping' }
    const made = withLent(drawn, lent)
    expect([lentIn(made), unsureUntil(made, begin)]).toEqual([[lent], undefined])
    expect(unsureUntil(readHandle(handleNames.join(made, drawn)), begin)).toBeUndefined()
  })
})

test('however handles are joined and dropped, no accessor is lost with its name, and nothing unsure is forgotten', () => {
  const step = fc.constantFrom('draw', 'lend', 'lose', 'nothing', 'newest', 'drop')
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      let row = readHandle({})
      let now = begin
      const lost = new Map<string, number>()
      for (const [index, one] of steps.entries()) {
        const name = `n${index}`
        const handle = withDraw(withPolicy(row, name), params, now)
        if (one === 'draw' || one === 'lose') {
          row = handle
          lost.set(name, after(now, seconds(100)))
        } else if (one === 'lend') row = withLent(handle, { name, token: `t${index}`, wrapping: `w${index}` })
        else if (one === 'nothing') row = readHandle(handleNames.gaveNothing(handle))
        else if (one === 'newest') row = readHandle(handleNames.join(row, handleNames.newest(row)))
        else row = readHandle(handleNames.drop(row, handleNames.newest(row)))
        const known = lentIn(row)
        expect(known.every((lent) => row.policies.includes(lent.name))).toBe(true)
        const open = [...lost.values()].filter((moment) => moment > now)
        expect(unsureUntil(row, now) ?? 0).toBe(Math.max(0, ...open))
        now = after(now, seconds(7))
      }
    }),
  )
})
