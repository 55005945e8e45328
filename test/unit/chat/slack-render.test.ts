import type { KnownBlock } from '@slack/types'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { limits } from '../../../src/chat/slack/limits.ts'
import { toMessage } from '../../../src/chat/slack/render.ts'
import { toModal, toOptions } from '../../../src/chat/slack/render-form.ts'
import { markup } from '../../../src/chat/slack/text.ts'
import { clean, cutEnd } from '../../../src/domain/clean.ts'
import { grantId } from '../../../src/domain/ids.ts'
import { timestamp } from '../../../src/domain/time.ts'
import { parseMessageBlocks } from '../../../src/simulator/slack/block-kit.ts'
import { parseView } from '../../../src/simulator/slack/block-kit-views.ts'
import { requestCard } from '../../../src/views/cards.ts'
import { linkForm } from '../../../src/views/dialogs.ts'
import { requestForm } from '../../../src/views/forms.ts'
import type { FormView, MessageView, Span } from '../../../src/views/view-model.ts'
import { context, pending } from '../views/subjects.ts'

// fast-check's own unit `binary` takes seconds to build its tables.
const anyCharacter = fc.integer({ min: 0, max: 0x10ffff }).map((code) => String.fromCodePoint(code))
const hostile = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom(
      '<',
      '>',
      '&',
      '*',
      '`',
      '_',
      '~',
      '!',
      '@',
      '|',
      '^',
      '\n',
      '\u202e',
      '\ud800',
      'ä',
      '😀',
      'x',
    ),
  }),
  fc.constantFrom('<!channel>', '<@U0OWNER>', '<https://evil.test|click>', '&lt;!here&gt;', '```', '\u202etxt.exe'),
  fc.integer({ min: 0, max: 4000 }).map((length) => '<&'.repeat(length)),
)
const spans: fc.Arbitrary<Span> = fc.oneof(
  hostile,
  hostile.map((code) => ({ code })),
  hostile.map((strong) => ({ strong })),
  hostile.map((person) => ({ person, identities: [] })),
  fc.integer({ min: 0, max: 4_000_000_000_000 }).map((time) => ({ time: timestamp(time) })),
)
const text = fc.array(spans, { maxLength: 12 })
const action = hostile.map((label) => ({
  label,
  style: 'danger' as const,
  command: { do: 'revoke' as const, grant: grantId('g1') },
}))
const message: fc.Arbitrary<MessageView> = fc.record({
  title: hostile,
  tone: fc.constantFrom('waiting', 'good', 'bad', 'neutral'),
  summary: hostile,
  fields: fc.array(fc.record({ label: hostile, value: text }), { maxLength: 30 }),
  quotes: fc.array(fc.record({ label: hostile, text: hostile }), { maxLength: 5 }),
  notes: fc.array(text, { maxLength: 60 }),
  code: fc.array(hostile, { maxLength: 20 }),
  actions: fc.array(action, { maxLength: 1 }),
  entries: fc.array(fc.record({ text, actions: fc.array(action, { maxLength: 1 }) }), { maxLength: 40 }),
})

/** Every piece of markup in the blocks. */
const markupsIn = (value: unknown): string[] => {
  if (Array.isArray(value)) return value.flatMap(markupsIn)
  if (typeof value !== 'object' || value === null) return []
  if ('type' in value && value.type === 'mrkdwn' && 'text' in value) return [String(value.text)]
  return Object.values(value).flatMap(markupsIn)
}
const ids = () => Math.random().toString(36)
const complaints = (blocks: KnownBlock[]): string[] => {
  const parsed = parseMessageBlocks(JSON.parse(JSON.stringify(blocks)), ids)
  return parsed.ok ? [] : parsed.complaints
}

describe('whatever a view holds', () => {
  test('the message keeps within Slack’s limits', () => {
    fc.assert(
      fc.property(message, (view) => {
        const { blocks, text } = toMessage(view, 'T0TEAM')
        expect(complaints(blocks)).toEqual([])
        expect(text.length).toBeGreaterThan(0)
      }),
      { numRuns: 60 },
    )
  })

  test('no markup comes from the outside: only dates stand in angle brackets', () => {
    fc.assert(
      fc.property(message, (view) => {
        const { blocks, text } = toMessage(view, 'T0TEAM')
        for (const markup of [...markupsIn(blocks), text]) {
          expect(markup.replaceAll(/<!date\^\d+\^\{date_short_pretty\} at \{time\}\|[-0-9: ]+ UTC>/g, '')).not.toMatch(
            /[<>]/,
          )
          expect(markup.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toContain('&')
        }
      }),
      { numRuns: 60 },
    )
  })

  test('no control or direction character and no half character is left anywhere', () => {
    fc.assert(
      fc.property(message, (view) => {
        const sent = JSON.stringify(toMessage(view, 'T0TEAM'))
        expect(sent.isWellFormed()).toBe(true)
        expect(sent).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u007f-\u009f]|\\u0000|\\u001b|\\ud[89a-f]/)
      }),
      { numRuns: 60 },
    )
  })

  test('a dialog keeps within Slack’s limits', () => {
    const option = fc.record({ label: hostile, value: fc.string({ minLength: 1, maxLength: 20 }) })
    const input = fc.oneof(
      fc.record({
        kind: fc.constant('paragraph'),
        label: hostile,
        hint: hostile,
        value: hostile,
        placeholder: hostile,
      }),
      fc.record({
        kind: fc.constant('typeahead'),
        label: hostile,
        hint: hostile,
        placeholder: hostile,
        values: fc.array(option, { maxLength: 12 }),
        most: fc.constant(10),
      }),
    )
    fc.assert(
      fc.property(
        hostile,
        fc.array(text, { maxLength: 120 }),
        fc.array(input, { maxLength: 3 }),
        (title, notes, inputs) => {
          const view: FormView = {
            title,
            submit: { label: title, command: { form: 'request', draft: 'd1' } },
            notes,
            inputs: inputs.map((each, index) => ({
              ...each,
              name: `field${index}`,
              min: 1,
              max: 3000,
              scope: 's',
            })) as never,
            actions: [],
          }
          const parsed = parseView(JSON.parse(JSON.stringify(toModal(view, 'T0TEAM', 'C0OPEN'))), ids)
          expect(parsed.ok ? [] : parsed.complaints).toEqual([])
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('cutting keeps the beginning of a sentence, and no half character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 2, max: 40 }), (words, limit) => {
      expect(cutEnd(words, limit).length).toBeLessThanOrEqual(limit)
      expect(cutEnd(words, limit).isWellFormed()).toBe(true)
    }),
  )
})

test('a person is mentioned only in their own workspace, and named elsewhere', () => {
  const person = {
    person: 'Developer on call',
    identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U0DEV' }],
  } as const
  expect(markup([person], 'T0TEAM', 100).text).toBe('<@U0DEV>')
  expect(markup([person], 'T0ELSE', 100).text).toBe('Developer on call')
  const forged = { ...person, identities: [{ platform: 'slack', tenant: 'T0TEAM', subject: 'U1> <!channel' }] } as const
  expect(markup([forged], 'T0TEAM', 100).text).toBe('Developer on call')
})

test('a moment shows the reader’s own time, and UTC to old clients', () => {
  expect(markup([{ time: timestamp(1_000_000_000_000) }], 'T0TEAM', 200).text).toBe(
    '<!date^1000000000^{date_short_pretty} at {time}|2001-09-09 01:46 UTC>',
  )
})

test('markup is cut between marks, never within', () => {
  expect(markup(['abc', { time: timestamp(0) }, 'def'], 'T0TEAM', 20).text).toBe('abc…')
  expect(markup([{ code: '<'.repeat(20) }], 'T0TEAM', 20).text).toBe('`&lt;&lt;&lt;&lt;`…')
})

test('the reason stands in a preformatted block, letter by letter', () => {
  const reason = 'see <!channel> *now* `x` <https://evil.test|here>'
  const { blocks, text } = toMessage(requestCard({ request: { ...pending, reason } }, context('owner')), 'T0TEAM')
  const quote = blocks.find(({ type }) => type === 'rich_text')
  expect(JSON.stringify(quote)).toContain(JSON.stringify(reason).slice(1, -1))
  expect(markupsIn(blocks).join(' ')).not.toContain('evil')
  expect(text).not.toContain('evil')
})

test('a long path keeps both ends in a menu, and its beginning in the second line', () => {
  const [option] = toOptions([{ label: `kv/${'very/'.repeat(30)}deep/place`, value: 'r1', hint: 'secret' }])
  expect(option?.text.text).toMatch(/^kv\/very.*….*deep\/place$/)
  expect(option?.text.text).toHaveLength(limits.option)
  expect(option?.description?.text).toMatch(/^secret: kv\/very/)
})

test('two long paths that differ only in the middle are two texts in a menu, each with what tells it apart', () => {
  const path = (stage: string) => `kv/${'team/'.repeat(12)}${stage}/${'service/'.repeat(12)}password`
  const options = ['staging', 'live'].map((stage) => ({ label: path(stage), value: stage }))
  expect(toOptions(options).map(({ text, value }) => text.text.includes(`/${value}/`))).toEqual([true, true])
})

test('a form’s blocks are named after what their choices depend on', () => {
  const { integration } = context('owner')
  if (!integration) throw new Error('the context has an integration')
  const modal = toModal(requestForm({ draft: 'd1', integrations: [integration], integration }), 'T0TEAM', 'C0OPEN')
  expect(modal.blocks.map(({ block_id }) => block_id)).toEqual([
    undefined,
    'resource:main-vault',
    'duration:main-vault',
    'reason',
  ])
  expect(JSON.parse(modal.private_metadata ?? '')).toEqual({
    form: 'request',
    draft: 'd1',
    conversation: 'C0OPEN',
  })
})

test('a dialog that only shows has no submit button', () => {
  const modal = toModal(linkForm({ url: 'https://latchkey.test/fetch/x', expiresAt: timestamp(0) }), 'T0TEAM')
  expect(modal.submit).toBeUndefined()
  expect(modal.close?.text).toBe('Close')
})

test('line ends of every kind become one, and tabs stay', () => {
  expect(clean('a\r\nb\rc\u2028d\te\u0007')).toBe('a\nb\nc\nd\te')
})

test('buttons that open pages stand side by side, though Slack wants each id once', () => {
  const url = 'https://latchkey.example.com/fetch/alarm/1'
  const view = { title: '', tone: 'neutral', summary: 'News', fields: [], quotes: [], notes: [] } as const
  const actions = ['It was me', 'Open my access'].map((label) => ({ label, url }))
  const { blocks } = toMessage({ ...view, actions }, 'T0TEAM')
  expect(() => parseMessageBlocks(blocks, () => 'id')).not.toThrow()
})
