import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AdaptiveCard } from '../../../src/chat/teams/cards/card-schema.ts'
import { toCard, toMessageActivity } from '../../../src/chat/teams/cards/render.ts'
import { toDialog } from '../../../src/chat/teams/cards/render-form.ts'
import { paragraph } from '../../../src/chat/teams/cards/text.ts'
import { clean } from '../../../src/domain/clean.ts'
import { timestamp } from '../../../src/domain/time.ts'
import type { MessageView, Text } from '../../../src/views/view-model.ts'
import { allOf, form, hostile, linesOf, message } from './teams-cards.ts'

// The time limit ends the search for a smaller counterexample, which can last minutes.
const runs = { numRuns: 100, interruptAfterTimeLimit: 20_000, markInterruptAsFailure: true }
const bare: MessageView = {
  title: '',
  tone: 'neutral',
  summary: 'News',
  fields: [],
  quotes: [],
  notes: [],
  actions: [],
}
const template = /\{\{(?:DATE\([-0-9T:]+Z,SHORT\)|TIME\([-0-9T:]+Z\))\}\}/g
const moment = { time: timestamp(Date.UTC(2026, 10, 23, 15)) }

/** The lines as a person reads them; a tab is as wide as four spaces. */
const linesIn = (text: string): string[] => clean(text).replaceAll('\t', '    ').split('\n')

/** What Teams reads as markdown, without the times that are ours. */
const markdownIn = (content: AdaptiveCard): string[] =>
  allOf(content, 'TextBlock').map(({ text }) => String(text).replaceAll(template, 'time'))

describe('text of people', () => {
  test('is shown letter by letter, line by line', () => {
    fc.assert(
      fc.property(hostile, (words) => {
        const text = clean(words).slice(0, 500)
        const shown = linesOf(toCard({ ...bare, quotes: [{ label: 'Why', text }] })).slice(1)
        expect(shown.map((line) => line.trimEnd())).toEqual(linesIn(text).map((line) => line.trimEnd()))
      }),
      runs,
    )
  })

  test('is no markdown, wherever it stands', () => {
    fc.assert(
      fc.property(message, form, (view, asked) => {
        for (const content of [toCard(view), toDialog(asked).card.content]) {
          for (const text of markdownIn(content)) {
            expect(text.replaceAll(/\*\*[\p{L}\p{N}][^*]*\*\*/gu, '')).not.toMatch(
              /[*_`~[\]<>#|\\{}$@&^+=\n]|\/\/|www\./,
            )
            expect(text).not.toMatch(/^\s|^[-–—] |^\d+[.)] /)
          }
        }
      }),
      runs,
    )
  })

  test('is no template, wherever it stands', () => {
    fc.assert(
      fc.property(message, form, (view, asked) => {
        for (const content of [toCard(view), toDialog(asked).card.content]) {
          const shown = [...allOf(content, 'TextRun').map(({ text }) => text), ...markdownIn(content)]
          const titles = [
            ...JSON.stringify(content).matchAll(/"(?:title|label|placeholder|tooltip)":"((?:[^"\\]|\\.)*)"/g),
          ]
          expect([...shown, ...titles.map(([, title]) => title)].join('\n')).not.toMatch(/\{\{\w/)
        }
      }),
      runs,
    )
  })

  test('mentions nobody', () => {
    const { attachments, ...rest } = toMessageActivity({ ...bare, notes: [['<at>Owner</at>']] })
    expect(rest).toEqual({ type: 'message', summary: 'News' })
    expect(attachments[0].content.msteams).toEqual({ width: 'Full' })
  })

  test('is in no address, verb or hidden data', () => {
    const words = 'mark4711'
    const view: MessageView = {
      ...{ title: words, tone: 'good', summary: words, headline: [words], lines: [[{ code: words }]] },
      ...{ fields: [{ label: words, value: [{ strong: words }] }], quotes: [{ label: words, text: words }] },
      ...{ notes: [[{ person: words, identities: [] }]], code: [words], small: [[words]] },
      actions: [
        { label: words, command: { do: 'ask-administrators' } },
        { label: words, url: 'https://latchkey.example.com' },
      ],
      entries: [{ text: [words], actions: [{ label: words, command: { do: 'request' } }] }],
    }
    const hidden = ['Action.Execute', 'Action.Submit', 'Action.OpenUrl'].flatMap((type) =>
      allOf(toCard(view), type).map(({ data, url, verb }) => JSON.stringify({ data, url, verb })),
    )
    expect(hidden).toHaveLength(4)
    expect(hidden.join()).not.toContain(words)
  })
})

describe('a moment', () => {
  const shown = (...text: Text) => paragraph(text)[0]

  test('is shown in the reader’s zone, also beside words and strong ones', () => {
    expect(shown({ strong: 'How long' }, ': until ', moment, ' (1 hour)')).toEqual({
      type: 'TextBlock',
      text: '**How long**: until {{DATE(2026-11-23T15:00:00Z,SHORT)}} {{TIME(2026-11-23T15:00:00Z)}} (1 hour)',
      wrap: true,
    })
  })

  test.each([
    'a_b',
    'see https://latchkey.example.com',
    'see latchkey.example.com',
    '{{DATE(x)}}',
    'a*b',
    '1. one',
    '- one',
    'R&D',
    'two  spaces',
    'sure... ',
  ])('is shown in UTC, and everything literally, beside "%s"', (words) => {
    const element = shown(`${words} until `, moment)
    expect(element?.type).toBe('RichTextBlock')
    expect(JSON.stringify(element)).toContain('2026-11-23 15:00 UTC')
  })

  test('does not change the lines beside it', () => {
    expect(paragraph([{ code: 'kv/a_b' }, '\nuntil ', moment]).map(({ type }) => type)).toEqual([
      'RichTextBlock',
      'TextBlock',
    ])
  })
})

test('spaces at the beginning of a line and in a row stay, and others let the line wrap', () => {
  const [line] = paragraph(['  a  b ', { code: ' c' }, ' d'])
  expect(allOf(line, 'TextRun').map(({ text }) => text)).toEqual(['\u00a0\u00a0a \u00a0b ', '\u00a0c', ' d'])
})

test('a text is cut at its end, and says so', () => {
  const [line] = paragraph(['abc ', { code: 'x'.repeat(50) }, ' never'], {}, 20)
  expect(allOf(line, 'TextRun').map(({ text }) => text)).toEqual(['abc ', `${'x'.repeat(15)}…`])
})
