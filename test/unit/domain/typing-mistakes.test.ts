import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mistakesBetween, nearestWords } from '../../../src/domain/typing-mistakes.ts'

test.each([
  ['database', 'database', 0],
  ['databse', 'database', 1],
  ['dtaabase', 'database', 1],
  ['databasee', 'database', 1],
  ['databaze', 'database', 1],
  ['', 'abc', 3],
])('from %j to %j it is %i', (one, other, mistakes) => {
  expect(mistakesBetween(one, other)).toBe(mistakes)
})

const word = fc.string({ unit: fc.constantFrom(...'abc'), maxLength: 8 })

test('the count is the same in both directions, and a limit only cuts it off', () => {
  fc.assert(
    fc.property(word, word, fc.nat(4), (one, other, most) => {
      const mistakes = mistakesBetween(one, other)
      expect(mistakesBetween(other, one)).toBe(mistakes)
      expect(mistakesBetween(one, other, most) > most).toBe(mistakes > most)
    }),
  )
})

test('no word that is near enough is overlooked', () => {
  const longer = fc.string({ unit: fc.constantFrom(...'abcxyz19'), minLength: 4, maxLength: 9 })
  fc.assert(
    fc.property(longer, fc.array(longer), (word, known) => {
      const most = word.length < 7 ? 1 : 2
      const near = known.filter((one) => one !== word && mistakesBetween(word, one) <= most)
      expect([...nearestWords(word, known, known.length)].sort()).toEqual(near.sort())
    }),
  )
})

test('the nearest word comes first; short words allow fewer mistakes, and a right word means itself', () => {
  expect(nearestWords('databse', ['databases', 'database', 'dashboard'], 5)).toEqual(['database', 'databases'])
  expect([nearestWords('mial', ['mail', 'main'], 5), nearestWords('kv', ['kw'], 5)]).toEqual([['mail'], []])
  expect(nearestWords('mail', ['mail'], 5)).toEqual([])
})
