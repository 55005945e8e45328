import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'

// People of every chat read these texts, so they name nothing that only one chat has.

const source = join(import.meta.dirname, '../../../src')
const rooms = ['views', 'chat/conversation', 'http']
const files = rooms.flatMap((room) =>
  readdirSync(join(source, room), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => join(room, file)),
)

/** The source without comments, codes in quotes and imports: what remains of a word can be read by people. */
const textsOf = (file: string): string =>
  readFileSync(join(source, file), 'utf8')
    .replaceAll(/\/\*\*?[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '')
    .replaceAll(/'[a-z]+(?:-[a-z]+)*'/g, '')

describe('texts for people of every chat', () => {
  test('are found', () => {
    expect(files.length).toBeGreaterThan(60)
    expect(textsOf('views/copy.ts')).toContain('Guests cannot use Latchkey')
  })

  test.each(['workspace', 'slash command', 'App Home', 'Slack', 'Teams'])('say nothing about "%s"', (word) => {
    const saying = files.filter((file) => new RegExp(`\\b${word}`, 'i').test(textsOf(file)))
    expect(saying).toEqual([])
  })
})
