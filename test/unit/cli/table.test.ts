import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printTable, tableText } from '../../../src/cli/table.ts'

type Row = { readonly name: string; readonly text: string }
const columns = [
  { title: 'name', of: ({ name }: Row) => name },
  { title: 'text', of: ({ text }: Row) => text },
]

describe('a table', () => {
  test('is as wide as what it holds, where there is room', () => {
    expect(
      tableText(
        columns,
        [
          { name: 'one', text: 'the first' },
          { name: 'second', text: 'x' },
        ],
        80,
      ),
    ).toBe('NAME    TEXT\none     the first\nsecond  x')
  })

  test('wraps at words where there is none', () => {
    const rows = [{ name: 'a-name', text: 'words that wrap' }]
    expect(tableText(columns, rows, 18)).toBe(['NAME    TEXT', 'a-name  words that', '        wrap'].join('\n'))
  })

  test('becomes blocks where the longest words do not fit beside each other, so that each can be copied', () => {
    const rows = [
      { name: 'auth/latchkey-users/users', text: 'words that wrap' },
      { name: 'kv', text: '' },
    ]
    expect(tableText(columns, rows, 22)).toBe(
      ['NAME  auth/latchkey-users/users', 'TEXT  words that wrap', '', 'NAME  kv'].join('\n'),
    )
  })

  test('is wider than the terminal only by a word that is, and loses no letter', () => {
    const cell = fc.string({ maxLength: 60 }).map((text) => text.replace(/[^a-z ]/g, 'x'))
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: cell, text: cell }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 18, max: 120 }),
        (rows, width) => {
          const text = tableText(columns, rows, width)
          const letters = (all: string) => [...all.replace(/\s/g, '')].toSorted().join('')
          const words = rows.flatMap(({ name, text: more }) => `${name} ${more}`.split(' '))
          const longest = Math.max(...words.map((word) => word.length))
          expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(
            Math.max(width, 'NAME  '.length + longest),
          )
          const isTable = text.startsWith('NAME') && /^NAME +TEXT$/m.test(text.split('\n')[0] ?? '')
          const content = rows.map(({ name, text: more }) => name + more).join('')
          if (isTable) expect(letters(text)).toBe(letters(`NAMETEXT${content}`))
          for (const word of words) expect(text).toContain(word)
        },
      ),
    )
  })

  test('shows what would command the terminal instead of obeying it', () => {
    const text = tableText(columns, [{ name: 'a\u001b[2Jb', text: 'c\u202ed\n' }], 80)
    expect(text).toContain('a\\u001b[2Jb')
    expect(text).toContain('c\\u202ed\\u000a')
  })

  test('is JSON when that was asked for, and a sentence when it is empty', () => {
    const said: string[] = []
    const io = { width: 80, say: (text = '') => void said.push(text) }
    printTable(io, columns, [{ name: 'a', text: 'b' }], { json: true })
    printTable(io, columns, [], { empty: 'No such rows.' })
    printTable(io, columns, [], { json: true })
    expect(said).toEqual(['[\n  {\n    "name": "a",\n    "text": "b"\n  }\n]', 'No such rows.', '[]'])
  })
})
