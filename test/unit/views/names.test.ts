import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { distinct } from '../../../src/views/distinct.ts'
import { nameMarks, visible } from '../../../src/views/names.ts'

describe('a name that may be taken for another one is marked', () => {
  test.each<[string, string, RegExp]>([
    ['a Cyrillic letter in a Latin word', 'kv/p\u0430ypal/key', /“p\u0430ypal” mixes Latin and Cyrillic letters/],
    ['a Greek letter in a Latin word', 'kv/\u03bfrders', /mixes Greek and Latin letters/],
    ['a Latin letter in a Cyrillic word', 'kv/кл\u0061сс', /mixes Cyrillic and Latin letters/],
    ['Cyrillic and Greek', 'kv/бα', /mixes Cyrillic and Greek letters/],
    ['an Armenian letter', 'kv/s\u0585il', /mixes Latin and Armenian letters/],
    ['a Cherokee letter', 'kv/\u13aaB', /mixes Cherokee and Latin letters/],
    ['a script of few readers', 'kv/a\u{10a00}', /mixes Latin and another script letters/],
    ['a word with digits', 'kv/v2\u0430b', /mixes Latin and Cyrillic letters/],
    ['only Cyrillic letters, which look Latin', 'kv/\u0440\u0430\u0443', /is written in Cyrillic letters/],
    ['only Greek letters, which look Latin', 'kv/\u0391\u03a1\u0399', /is written in Greek letters/],
    ['an accent that is a sign of its own', 'kv/cafe\u0301', /put together from several signs/],
  ])('%s', (_, path, why) => {
    expect(nameMarks(path).join('; ')).toMatch(why)
  })

  test.each([
    ['plain', "kv/apps/db-1 it's_ok"],
    ['accents', 'kv/größe/café/Łódź'],
    ['Cyrillic', 'kv/приложение/база'],
    ['words of two scripts beside each other', 'kv/db-база/αλφα beta'],
    ['Japanese: Han, Hiragana, Katakana with its long mark', 'kv/漢字ひらがなサーバー'],
    ['Japanese with Latin letters, as it is written', 'kv/DBサーバー'],
    ['Korean: Hangul, Han', 'kv/한국漢字'],
    ['Chinese with Bopomofo', 'kv/注音ㄅㄆ'],
    ['Arabic, Hebrew, Thai, Hindi', 'kv/قاعدة/מסד/ฐานข้อมูล/डेटाबेस'],
    ['digits and signs beside a letter', 'kv/δ1/б2_c/№5'],
    ['emoji', 'kv/🔑'],
  ])('and a usual one is not: %s', (_, path) => {
    expect(nameMarks(path.normalize('NFC'))).toEqual([])
  })

  test('whatever the name: no error, and ASCII is never marked', () => {
    const character = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
    fc.assert(fc.property(fc.string({ unit: character, maxLength: 40 }), (path) => nameMarks(path).length >= 0))
    fc.assert(fc.property(fc.string({ unit: 'grapheme-ascii' }), (path) => nameMarks(path).length === 0))
  })
})

test('what nobody sees is written out', () => {
  expect(visible('kv/a\u200bb\u3164\ufe0f\u00a0\n')).toBe('kv/a<U+200B>b<U+3164><U+FE0F><U+00A0><U+000A>')
  expect(visible('kv/größe 漢字')).toBe('kv/größe 漢字')
})

describe('the entries of a menu', () => {
  const limit = 75
  const long = (middle: string) => `kv/${'deep/'.repeat(12)}${middle}/${'down/'.repeat(20)}password`

  test('stay whole where they fit, and are cut in the middle where not', () => {
    expect(distinct(['kv/a', 'kv/b'], limit)).toEqual(['kv/a', 'kv/b'])
    expect(distinct([long('x')], limit)[0]).toMatch(/^kv\/deep\/deep.*….*down\/password$/)
  })

  test('show where they differ, wherever that is', () => {
    const [one, other] = distinct([long('staging'), long('production')], limit)
    expect(one).toContain('/staging/')
    expect(other).toContain('/production/')
  })

  test('are never the same text, nor the same to the eye, and never too long', () => {
    const part = fc.constantFrom(
      'a',
      'b',
      'aaaa/'.repeat(9),
      '/deep'.repeat(9),
      '😀',
      ' ',
      '  ',
      'e\u0301',
      'é',
      '\ud83d',
    )
    const path = fc.array(part, { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(fc.array(path, { maxLength: 12 }), fc.integer({ min: 40, max: 80 }), (paths, most) => {
        const shown = distinct(paths, most)
        const seen = shown.map((text) => text.normalize('NFKC').replace(/\s+/g, ' ').trim())
        expect(new Set(seen).size).toBe(paths.length)
        expect(Math.max(0, ...shown.map((text) => text.length))).toBeLessThanOrEqual(most)
        if (paths.every((one) => one.isWellFormed())) expect(shown.every((one) => one.isWellFormed())).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
