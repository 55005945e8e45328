import type { Button, KnownBlock, RichTextBlock, HomeView as SlackHome } from '@slack/types'
import { clean, cleanLine, cutEnd } from '../../domain/clean.ts'
import { plainText } from '../../views/copy-time.ts'
import type { Action, HomeView, MessageView, Origin, Quote, Text, Tone } from '../../views/view-model.ts'
import { elementId, encodeButton } from '../conversation/codec.ts'
import { limits } from './limits.ts'
import { escapeText, markup, plain } from './text.ts'

/** A message for the Web API: `text` serves notifications, screen readers and old clients. */
export type SlackMessage = { readonly text: string; readonly blocks: KnownBlock[] }

const marks: { readonly [T in Tone]: string } = { waiting: '⏳', good: '✅', bad: '⛔', neutral: 'ℹ️' }

/** Renders a message; `tenant` is the workspace or Grid organisation that shows it. */
export const toMessage = (view: MessageView, tenant: string): SlackMessage => {
  const blocks: KnownBlock[] = [
    ...(view.title === '' ? [] : [header(`${marks[view.tone]} ${view.title}`)]),
    ...contentBlocks(view, tenant),
  ]
  return {
    text: escapeText(cutEnd(clean(view.summary), limits.text)) || ' ',
    blocks: capped(blocks, endBlocks(view, tenant), limits.messageBlocks),
  }
}

const contentBlocks = (view: MessageView, tenant: string): KnownBlock[] => [
  ...(view.headline ? [section([`${marks[view.tone]} `, ...view.headline], tenant)] : []),
  ...lineBlocks(view.lines ?? [], tenant),
  ...view.quotes.map(quoteBlock),
  ...fieldBlocks(view.fields, tenant),
  ...view.notes.map((note) => section(note, tenant)),
  ...codeBlocks(view.code ?? []),
  ...entryBlocks(view.entries ?? [], tenant, view.origin),
]

const endBlocks = ({ actions, origin, small = [] }: MessageView, tenant: string): KnownBlock[] => [
  ...actionBlocks(actions, origin),
  ...smallBlocks(small, tenant),
]

/** Renders a home; its parts have plain headings, because it is a page and no news. */
export const toHome = ({ parts, origin }: HomeView, tenant: string): SlackHome => {
  const blocks = parts.flatMap((part) => [
    ...(part.title === '' ? [] : [header(part.title)]),
    ...contentBlocks({ ...part, ...(origin && { origin }) }, tenant),
    ...endBlocks({ ...part, ...(origin && { origin }) }, tenant),
  ])
  return { type: 'home', blocks: capped(blocks, [], limits.viewBlocks) }
}

const header = (text: string): KnownBlock => ({ type: 'header', text: plain(text, limits.header) })

/** A paragraph. */
export const section = (text: Text, tenant: string): KnownBlock => ({
  type: 'section',
  text: markup(text, tenant, limits.section),
})

/** Lines as one paragraph, or as several when they are too long for one. */
const lineBlocks = (lines: readonly Text[], tenant: string): KnownBlock[] =>
  joined(
    lines.map((line) => markup(line, tenant, limits.section).text),
    limits.section,
  ).map((text): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }))

/** Grey lines. A person's words are plain text, in which Slack reads no markup, mention or link. */
const smallBlocks = (small: NonNullable<MessageView['small']>, tenant: string): KnownBlock[] =>
  small.slice(0, limits.contexts).map((line) => ({
    type: 'context',
    elements: [
      'label' in line ? plain(`${line.label}: ${line.text}`, limits.section) : markup(line, tenant, limits.section),
    ],
  }))

/** Short fields are arranged in pairs; long ones get their own line below. */
export const fieldBlocks = (fields: MessageView['fields'], tenant: string): KnownBlock[] => {
  const isShort = ({ value }: { value: Text }): boolean => plainText(value).length <= 60
  const render = ({ label, value }: MessageView['fields'][number], limit: number) =>
    markup([{ strong: label }, '\n', ...value], tenant, limit)
  const short = fields.filter(isShort).map((field) => render(field, limits.field))
  const long = fields.filter((field) => !isShort(field))
  return [
    ...chunks(short, limits.fieldsPerSection).map((part): KnownBlock => ({ type: 'section', fields: part })),
    ...long.map((field): KnownBlock => ({ type: 'section', text: render(field, limits.section) })),
  ]
}

/** A person's words, preformatted, so that Slack reads no markup, mention or link in them. */
export const quoteBlock = ({ label, text }: Quote): RichTextBlock => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_section', elements: [{ type: 'text', text: cleanLine(label) || ' ', style: { bold: true } }] },
    {
      type: 'rich_text_preformatted',
      elements: [{ type: 'text', text: cutEnd(clean(text), limits.preformatted) || ' ' }],
    },
  ],
})

/** Lines to read or copy letter by letter, in as many blocks as needed. */
export const codeBlocks = (lines: readonly string[]): KnownBlock[] =>
  joined(
    lines.map((line) => cutEnd(clean(line), limits.preformatted)),
    limits.preformatted,
  ).map(
    (text): RichTextBlock => ({
      type: 'rich_text',
      elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text: text || ' ' }] }],
    }),
  )

/** Lines joined into as few texts of at most `limit` characters as possible. */
const joined = (lines: readonly string[], limit: number): readonly string[] => {
  const parts: string[] = []
  for (const line of lines) {
    const last = parts.at(-1)
    const longer = last === undefined ? line : `${last}\n${line}`
    if (last !== undefined && longer.length <= limit) parts[parts.length - 1] = longer
    else parts.push(line)
  }
  return parts
}

const entryBlocks = (
  entries: NonNullable<MessageView['entries']>,
  tenant: string,
  origin: Origin | undefined,
): KnownBlock[] =>
  entries.flatMap(({ text, actions }) => [section(text, tenant), ...actionBlocks(actions, origin, plainText(text))])

/** The buttons; `about` lets screen readers distinguish equal buttons of a list. */
export const actionBlocks = (actions: readonly Action[], origin?: Origin, about?: string): KnownBlock[] =>
  actions.length === 0
    ? []
    : [
        {
          type: 'actions',
          elements: actions
            .slice(0, limits.actions)
            .map((action, index) => button(action, pagesBefore(actions, index), origin, about)),
        },
      ]

const pagesBefore = (actions: readonly Action[], index: number): number =>
  actions.slice(0, index).filter((action) => 'url' in action).length

const button = (action: Action, page: number, origin: Origin | undefined, about: string | undefined): Button => ({
  type: 'button',
  text: plain(action.label, limits.button),
  ...(about && { accessibility_label: cutEnd(cleanLine(`${action.label}: ${about}`), limits.button) }),
  ...(action.style && { style: action.style }),
  ...('url' in action
    ? { action_id: elementId.page(page), url: action.url }
    : { action_id: elementId.button(action.command), value: encodeButton(action.command, origin) }),
})

const chunks = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size))

/** The blocks with their end, such as the buttons; excess blocks before the end are dropped. */
export const capped = (blocks: readonly KnownBlock[], end: readonly KnownBlock[], limit: number): KnownBlock[] => {
  const room = limit - end.length
  if (blocks.length <= room) return [...blocks, ...end]
  const text = `… and ${blocks.length - room + 1} more parts that are not shown`
  return [...blocks.slice(0, room - 1), { type: 'section', text: { type: 'mrkdwn', text } }, ...end]
}
