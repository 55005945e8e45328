import { clean, cleanLine, cutEnd } from '../../../domain/clean.ts'
import { plainText } from '../../../views/copy-time.ts'
import type { MessageView, Origin, Quote, Text, Tone } from '../../../views/view-model.ts'
import { type ButtonPlace, backButton, backData, button, rows } from './actions.ts'
import type { AdaptiveCard, Element } from './card-schema.ts'
import { fitted, type Part } from './fit.ts'
import { limits } from './limits.ts'
import { heading, literal, monospace, paragraph } from './text.ts'

/** A message for the connector. It has no text beside its card; `summary` serves notifications. */
export type MessageActivity = {
  readonly type: 'message'
  readonly summary: string
  readonly attachments: readonly [
    { readonly contentType: 'application/vnd.microsoft.card.adaptive'; readonly content: AdaptiveCard },
  ]
}

const marks: { readonly [T in Tone]: string } = { waiting: '⏳', good: '✅', bad: '⛔', neutral: 'ℹ️' }

/** `back` adds a button that shows the message of the pressed button again. */
export type Place = { readonly back?: Origin | undefined; readonly isInDialog?: boolean | undefined }

/** Renders a message as a card. */
export const toCard = (view: MessageView, { back, isInDialog }: Place = {}): AdaptiveCard => {
  const { title, tone, origin } = view
  const parts: Part[] = [
    ...(title === '' ? [] : [[heading(`${marks[tone]} ${title}`, 'large')]]),
    ...contentParts(view, isInDialog),
  ]
  return card(parts, endOf(view, { back, isInDialog }), isInDialog ? undefined : origin)
}

/** Renders a message as what the connector takes. */
export const toMessageActivity = (view: MessageView): MessageActivity => ({
  type: 'message',
  summary: cutEnd(cleanLine(view.summary), limits.summary) || ' ',
  attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content: toCard(view) }],
})

/** The frame of each card. A card with an origin can be asked for anew in the menu of its message. */
export const card = (
  parts: readonly Part[],
  end: Part,
  origin: Origin | undefined,
  actions?: AdaptiveCard['actions'],
): AdaptiveCard => {
  const frame = {
    type: 'AdaptiveCard',
    version: '1.5',
    fallbackText: 'Latchkey has a message for you that this version of Teams cannot show.',
    msteams: { width: 'Full' },
    ...(origin && 'card' in origin && { refresh: refreshOf(origin) }),
    body: [],
    ...(actions && { actions }),
  } satisfies AdaptiveCard
  const room = limits.card - Buffer.byteLength(JSON.stringify(frame))
  const body = fitted(parts, end, room)
  return { ...frame, body: body.length > 0 ? body : paragraph([' ']) }
}

const refreshOf = (origin: Origin): NonNullable<AdaptiveCard['refresh']> => ({
  action: { type: 'Action.Execute', title: 'Refresh', verb: 'refresh', data: backData(origin) },
  userIds: [],
})

const contentParts = (view: MessageView, isInDialog: boolean | undefined): Part[] => [
  ...(view.headline ? [paragraph([`${marks[view.tone]} `, ...view.headline], { size: 'medium' })] : []),
  ...(view.lines ?? []).map((line, index) => paragraph(line, index === 0 ? {} : { spacing: 'small' })),
  ...view.quotes.map(quotePart),
  ...fieldParts(view.fields),
  ...view.notes.map((note) => paragraph(note)),
  ...codeParts(view.code ?? []),
  ...(view.entries ?? []).map(({ text, actions }) => entryPart(text, actions, { origin: view.origin, isInDialog })),
]

const endOf = ({ actions, origin, small = [] }: MessageView, { back, isInDialog }: Place): Part => [
  ...rows([
    ...actions.map((action) => button(action, { origin, isInDialog })),
    ...(back ? [backButton('Back', back)] : []),
  ]),
  ...small.slice(0, limits.actions).flatMap((line) => {
    const text: Text = 'label' in line ? [`${line.label}: ${line.text}`] : line
    return paragraph(text, { size: 'small', isSubtle: true, spacing: 'small' })
  }),
]

/** A label and its value on one line, as long as it takes. */
export const fieldParts = (fields: MessageView['fields']): Part[] =>
  fields.map(({ label, value }, index) =>
    paragraph([{ strong: label }, ': ', ...value], index === 0 ? {} : { spacing: 'small' }),
  )

/** A person's words, apart from ours. */
export const quotePart = ({ label, text }: Quote): Part => [
  ...paragraph([{ strong: label }]),
  { type: 'Container', style: 'emphasis', spacing: 'small', items: literal(text) },
]

/** Lines in monospace, in blocks that fit into a card one by one. */
export const codeParts = (lines: readonly string[]): Part[] =>
  joined(
    lines.map((line) => cutEnd(clean(line), limits.code)),
    limits.code,
  ).map((block) => [{ type: 'Container', style: 'emphasis', items: [monospace(block)] }])

/** Lines in as few blocks of at most `limit` characters as possible. */
const joined = (lines: readonly string[], limit: number): string[][] => {
  const blocks: string[][] = []
  let length = 0
  for (const line of lines) {
    length += line.length + 1
    if (blocks.length === 0 || length > limit) {
      blocks.push([])
      length = line.length
    }
    blocks.at(-1)?.push(line)
  }
  return blocks
}

const entryPart = (text: Text, actions: MessageView['actions'], place: ButtonPlace): Element[] => [
  { type: 'Container', separator: true, items: paragraph(text) },
  ...rows(actions.map((action) => button(action, { ...place, about: plainText(text).split('\n')[0] ?? '' }))),
]

/** Whether a message is words only, so that one sentence says all of it. */
export const isWordsOnly = ({ actions, entries = [], code = [] }: MessageView): boolean =>
  actions.length === 0 && code.length === 0 && entries.every((entry) => entry.actions.length === 0)

/** The words of a message as one text, for an answer that takes no card. */
export const toSentence = (view: MessageView): string => {
  const parts = [
    view.title,
    ...(view.headline ? [plainText(view.headline)] : []),
    ...(view.lines ?? []).map(plainText),
    ...view.quotes.map(({ label, text }) => `${label}: ${text}`),
    ...view.fields.map(({ label, value }) => `${label}: ${plainText(value)}`),
    ...view.notes.map(plainText),
    ...(view.code ?? []),
    ...(view.entries ?? []).map(({ text }) => plainText(text)),
  ]
  const ended = parts.map((part) => clean(part).trim()).filter((part) => part !== '')
  return (
    cutEnd(ended.map((part) => (/[.!?:…]$/.test(part) ? part : `${part}.`)).join(' '), limits.sentence) || view.summary
  )
}
