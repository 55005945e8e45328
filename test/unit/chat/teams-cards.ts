import fc from 'fast-check'
import { AdaptiveCard, type CardAction } from '../../../src/chat/teams/cards/card-schema.ts'
import { limits } from '../../../src/chat/teams/cards/limits.ts'
import { cardId, grantId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import type { FormView, MessageView, Span } from '../../../src/views/view-model.ts'
import { complaintsAbout } from '../../support/adaptive-cards.ts'

// fast-check's own unit `binary` takes seconds to build its tables.
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const marks = [...'<>&*`_~!@|^[]()#{}$\\+-=1.: \n\t', '{{', 'DATE(', 'www.', '//', '\u202e', '\ud800', 'ä', '😀', 'x']

/** Text that looks like markdown, templates, mentions or links, or that is long. */
export const hostile = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...marks), maxLength: 40 }),
  fc.constantFrom(
    ...[
      '**now**',
      '[here](https://evil.test)',
      '<at>Owner</at>',
      '# big',
      '1. one',
      '- one',
      '&lt;b&gt;',
      '\u202etxt.exe',
    ],
    ...['{{DATE(2026-11-23T15:00:00Z,SHORT)}}', '{{TIME(2026-11-23T15:00:00Z)}}', '${name}', 'https://evil.test'],
  ),
  fc.integer({ min: 0, max: 4000 }).map((length) => '[{{'.repeat(length)),
)
const spans: fc.Arbitrary<Span> = fc.oneof(
  hostile,
  hostile.map((code) => ({ code })),
  hostile.map((strong) => ({ strong })),
  hostile.map((person) => ({ person, identities: [] })),
  fc.integer({ min: 0, max: 4_000_000_000_000 }).map((time) => ({ time: timestamp(time) })),
)
export const text = fc.array(spans, { maxLength: 12 })
const action = hostile.map((label) => ({
  label,
  style: 'danger' as const,
  command: { do: 'revoke' as const, grant: grantId('g1') },
}))
export const message: fc.Arbitrary<MessageView> = fc.record(
  {
    title: hostile,
    tone: fc.constantFrom('waiting', 'good', 'bad', 'neutral'),
    headline: text,
    lines: fc.array(text, { maxLength: 3 }),
    summary: hostile,
    fields: fc.array(fc.record({ label: hostile, value: text }), { maxLength: 30 }),
    quotes: fc.array(fc.record({ label: hostile, text: hostile }), { maxLength: 5 }),
    notes: fc.array(text, { maxLength: 60 }),
    code: fc.array(hostile, { maxLength: 20 }),
    actions: fc.array(action, { maxLength: 7 }),
    small: fc.array(text, { maxLength: 2 }),
    origin: fc.constant({ card: cardId('c1') }),
    entries: fc.array(fc.record({ text, actions: fc.array(action, { maxLength: 1 }) }), { maxLength: 40 }),
  },
  { requiredKeys: ['title', 'tone', 'summary', 'fields', 'quotes', 'notes', 'actions'] },
)
const option = fc.record({ label: hostile, value: fc.stringMatching(/^[a-z0-9-]{1,20}$/) })
const input = fc.oneof(
  fc.record({ kind: fc.constant('paragraph'), label: hostile, hint: hostile, error: hostile, value: hostile }),
  fc.record({
    ...{ kind: fc.constant('typeahead'), label: hostile, hint: hostile, placeholder: hostile },
    ...{ values: fc.uniqueArray(option, { maxLength: 12, selector: ({ value }) => value }), most: fc.constant(10) },
    reloads: fc.boolean(),
  }),
)
export const form: fc.Arbitrary<FormView> = fc
  .record({ title: hostile, notes: fc.array(text, { maxLength: 60 }), inputs: fc.array(input, { maxLength: 3 }) })
  .map(({ title, notes, inputs }) => ({
    title,
    submit: { label: title, command: { form: 'request', draft: 'd1' } },
    notes,
    inputs: inputs.map((each, index) => ({ ...each, name: `field${index}`, min: 1, max: 3000, scope: 's' })) as never,
    actions: [],
  }))

/** Everything wrong with a card: for our schema, for the library of Adaptive Cards, and for our limit on its size. */
export const faultsOf = (content: unknown): readonly string[] => {
  const json = JSON.stringify(content)
  const read = AdaptiveCard.safeParse(JSON.parse(json))
  return [
    ...(read.success ? [] : read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)),
    ...complaintsAbout(content),
    ...(Buffer.byteLength(json) > limits.card ? [`it has ${Buffer.byteLength(json)} bytes`] : []),
  ]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** All objects of this type, at any depth. */
export const allOf = (value: unknown, type: string): Record<string, unknown>[] => {
  if (Array.isArray(value)) return value.flatMap((each) => allOf(each, type))
  if (!isObject(value)) return []
  return [...(value.type === type ? [value] : []), ...Object.values(value).flatMap((each) => allOf(each, type))]
}

/** All buttons of a card. */
export const buttonsOf = (card: AdaptiveCard): CardAction[] => [
  ...card.body.flatMap((element) => (element.type === 'ActionSet' ? element.actions : [])),
  ...(card.actions ?? []),
]

const textOf = (element: unknown): string[] => {
  if (!isObject(element)) return []
  if (element.type === 'TextBlock') return [String(element.text)]
  if (element.type === 'RichTextBlock')
    return [
      allOf(element.inlines, 'TextRun')
        .map(({ text }) => text)
        .join(''),
    ]
  return Array.isArray(element.items) ? element.items.flatMap(textOf) : []
}

/** The lines of a card as a person reads them, with usual spaces. */
export const linesOf = (card: AdaptiveCard): string[] =>
  card.body.flatMap(textOf).flatMap((line) => line.replaceAll('\u00a0', ' ').split('\n'))
