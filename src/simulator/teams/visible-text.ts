import { type AdaptiveCard, type CardElement, type CardInput, labelOf } from './cards.ts'
import type { TeamsMessage } from './messages.ts'

/** How a card is read: times in which zone, and whether with its buttons. */
export type Reading = { timeZone?: string; withButtons?: boolean; withInputs?: boolean }

/** The visible words of a message: its text, then its cards. */
export const messageText = (
  { text, textFormat, cards }: Pick<TeamsMessage, 'text' | 'textFormat' | 'cards'>,
  reading: Reading = {},
): string =>
  [textFormat === 'plain' ? text : withoutMarkdown(text), ...cards.map((card) => cardText(card, reading))]
    .filter((part) => part !== '')
    .join('\n')

/** The visible words of a card, one element per line; a button shows as `[label]`. */
export const cardText = (card: AdaptiveCard, reading: Reading = {}): string =>
  [
    ...(card.body ?? []).map((element) => elementText(element, reading)),
    ...(card.actions === undefined ? [] : [buttonsText(card.actions, reading)]),
  ]
    .filter((line) => line !== '')
    .join('\n')

const buttonsText = (actions: readonly { title?: string }[], { withButtons = true }: Reading): string =>
  withButtons ? actions.map(({ title = '' }) => `[${title}]`).join(' ') : ''

type Part = { text?: string; inlines?: (string | { text: string })[]; facts?: { title: string; value: string }[] }

function elementText(element: CardElement, reading: Reading): string {
  if (element.isVisible === false) return ''
  const { text = '', inlines = [], facts = [] } = element as Part
  const lines = (list: unknown) =>
    (list as CardElement[])
      .map((each) => elementText(each, reading))
      .filter((line) => line !== '')
      .join('\n')
  switch (element.type) {
    case 'TextBlock':
      return asRead(withoutMarkdown(withTimes(text, reading)))
    case 'RichTextBlock':
      // Runs are literal: Teams on desktops fills in no time there (issue 6194 of Adaptive Cards).
      return asRead(inlines.map((run) => (typeof run === 'string' ? run : run.text)).join(''))
    case 'FactSet':
      return facts
        .map(({ title, value }) => asRead(`${title}: ${withoutMarkdown(withTimes(value, reading))}`))
        .join('\n')
    case 'Image':
      return String(element.altText ?? '')
    case 'Container':
    case 'Column':
      return lines(element.items)
    case 'ColumnSet':
      return lines(element.columns)
    case 'ActionSet':
      return buttonsText(element.actions as { title?: string }[], reading)
    default:
      return reading.withInputs === false ? '' : inputText(element as CardInput)
  }
}

const inputText = (input: CardInput): string =>
  [labelOf(input), input.title, input.placeholder].filter((part) => part !== undefined).join('\n')

/** A reader sees no joiner, and copies a no-break space as a space. */
const asRead = (text: string): string => text.replaceAll('\u2060', '').replaceAll('\u00a0', ' ')

/** `{{DATE(2026-11-23T10:00:00Z,SHORT)}}` and `{{TIME(…)}}` in the reader's zone (Adaptive Cards, text features). */
function withTimes(text: string, { timeZone = 'UTC' }: Reading): string {
  const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|[-+]\d\d:\d\d)`
  const write = (moment: string, options: Intl.DateTimeFormatOptions) =>
    new Date(moment).toLocaleString('en-US', { timeZone, ...options }).replaceAll('\u202f', ' ')
  return text
    .replaceAll(
      new RegExp(String.raw`\{\{DATE\((${iso})(?:,\s*(COMPACT|SHORT|LONG))?\)\}\}`, 'g'),
      (_, moment, form) => {
        if (form === 'LONG') return write(moment, { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' })
        if (form === 'SHORT')
          return write(moment, { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' })
        return write(moment, { year: 'numeric', month: 'numeric', day: 'numeric' })
      },
    )
    .replaceAll(new RegExp(String.raw`\{\{TIME\((${iso})\)\}\}`, 'g'), (_, moment) =>
      write(moment, { hour: 'numeric', minute: '2-digit' }),
    )
}

/** The subset that Teams reads in cards and messages: bold, italic, code, strike-through, links; a backslash escapes. */
function withoutMarkdown(text: string): string {
  const escaped: string[] = []
  const mark = '\u0000'
  const kept = text.replaceAll(/\\([\\`*_{}[\]()#+\-.!>~|])/g, (_, character: string) => {
    escaped.push(character)
    return mark
  })
  const plain = kept
    .replaceAll(/\[([^\]]*)\]\([^)\s]*\)/g, '$1')
    .replaceAll(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, '$1')
    .replaceAll(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, '$1')
    .replaceAll(/(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)/g, '$1')
    .replaceAll(/~~(.+?)~~/g, '$1')
    .replaceAll(/`([^`]+)`/g, '$1')
  return plain.replaceAll(mark, () => escaped.shift() ?? '')
}
