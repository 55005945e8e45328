import { clean, cleanLine, cutEnd } from '../../../domain/clean.ts'
import type { Timestamp } from '../../../domain/time.ts'
import { utcText } from '../../../views/copy-time.ts'
import type { Span, Text } from '../../../views/view-model.ts'
import type { TextElement, TextRun } from './card-schema.ts'
import { limits } from './limits.ts'

/**
 * Teams has two kinds of text. A TextBlock reads markdown and shows times in the reader's zone. The runs of a
 * RichTextBlock are literal, but Teams on desktops shows the template of a time there as it is (issue 6194 of Adaptive
 * Cards). So a line with a time is a TextBlock if nothing in it could be markdown; any other line is literal, with UTC.
 * A TextBlock has no monospace, which only lines with a time lose. Backslashes escape differently in each client.
 */

/** The look of a whole paragraph. */
export type Look = Pick<TextRun, 'size' | 'color' | 'weight' | 'isSubtle'> & {
  readonly spacing?: NonNullable<TextElement['spacing']>
}

/** A paragraph, an element for each of its lines; never empty. */
export const paragraph = (text: Text, look: Look = {}, limit: number = limits.text): TextElement[] =>
  linesOf(shortened(text, limit)).map((line, index) =>
    lineBlock(line, index === 0 ? look : { ...look, spacing: 'none' }),
  )

/** A heading for screen readers; literal text without that mark where it could be markdown. */
export const heading = (title: string, size: 'medium' | 'large'): TextElement => {
  const text = cutEnd(cleanLine(title).trim(), limits.heading)
  if (text === '' || !isPlain(text)) return lineBlock([text], { size, weight: 'bolder' })
  return { type: 'TextBlock', text, wrap: true, style: 'heading', size, weight: 'bolder' }
}

/** Lines to read or copy letter by letter, as one element. */
export const monospace = (lines: readonly string[]): TextElement => ({
  type: 'RichTextBlock',
  inlines: runs(keepSpaces(lines.map((line) => line || ' ').join('\n'), ''), { fontType: 'monospace' }),
})

/** A person's words as literal lines. */
export const literal = (text: string, limit: number = limits.text): TextElement[] => paragraph([text], {}, limit)

/** Text that Teams shows as it is, such as a button's; one line. */
export const plain = (text: string, limit: number): string => cutEnd(untemplated(cleanLine(text).trim()), limit) || ' '

const lineBlock = (line: Text, { spacing, ...look }: Look): TextElement =>
  markdown(line, { ...look, ...(spacing && { spacing }) }) ?? {
    type: 'RichTextBlock',
    inlines: lineRuns(line, look),
    ...(spacing && { spacing }),
  }

/** The runs of a line; never none. */
const lineRuns = (line: Text, look: Omit<Look, 'spacing'>): TextRun[] => {
  let before = ''
  const all = line.flatMap((span) => {
    const text = keepSpaces(literalOf(span), before)
    before = text === '' ? before : text
    return runs(text, { ...look, ...lookOf(span) })
  })
  return all.length > 0 ? all : [{ type: 'TextRun', text: nbsp }]
}

const lookOf = (span: Span): Pick<TextRun, 'fontType' | 'weight'> => {
  if (typeof span === 'string') return {}
  return { ...('code' in span && { fontType: 'monospace' }), ...('strong' in span && { weight: 'bolder' }) }
}

/** The line as a TextBlock, if that shows a time better and cannot change any other character. */
const markdown = (line: Text, { spacing, ...look }: Look): TextElement | undefined => {
  if (!line.some((span) => typeof span === 'object' && 'time' in span)) return undefined
  if (!isPlain(line.map((span) => plainOf(span)).join(''))) return undefined
  if (line.some((span) => typeof span === 'object' && 'strong' in span && !isWord(cleanLine(span.strong).trim())))
    return undefined
  const text = line.map(marked).join('')
  return { type: 'TextBlock', text, wrap: true, ...look, ...(spacing && { spacing }) }
}

const plainOf = (span: Span): string => (typeof span === 'object' && 'time' in span ? 'time' : literalOf(span))

const marked = (span: Span): string => {
  if (typeof span === 'object' && 'time' in span) return localTime(span.time)
  if (typeof span === 'object' && 'strong' in span) return `**${cleanLine(span.strong).trim()}**`
  return literalOf(span)
}

/** Teams replaces both templates, in the reader's language and zone. */
const localTime = (moment: Timestamp): string => {
  const iso = `${new Date(moment).toISOString().slice(0, 19)}Z`
  return `{{DATE(${iso},SHORT)}} {{TIME(${iso})}}`
}

/** Markdown needs other characters, or these in other places: marks of lists, addresses and doubled signs. */
const plainLine = /^[\p{L}\p{M}\p{N}\p{So} .,;:?!'"’‘“”()/%…–—·-]*$/u
const couldBeMarkdown = /^\s|\s$| {2}|^[-–—·] |^\d+[.)] |\/\/|www\.|\.\p{L}|--|\.\.|:\w+:/u
const isPlain = (line: string): boolean => plainLine.test(line) && !couldBeMarkdown.test(line)

/** Whether stars beside it are marks of markdown, whatever stands around them. */
const isWord = (text: string): boolean => /^[\p{L}\p{N}](.*[\p{L}\p{N}])?$/u.test(text)

const literalOf = (span: Span): string => {
  if (typeof span === 'string') return clean(span)
  if ('time' in span) return utcText(span.time)
  if ('person' in span) return cleanLine(span.person)
  return cleanLine('code' in span ? span.code : span.strong)
}

/** Where a client reads a template in a run, it reads one run at a time: none holds both braces of a beginning. */
const templateStart = /(?<=\{)(?=\{\w)/

const runs = (text: string, look: Omit<TextRun, 'type' | 'text'>): TextRun[] =>
  text === '' ? [] : text.split(templateStart).map((part) => ({ type: 'TextRun', text: part, ...look }))

/** The same in a text that has no runs; a word joiner is invisible. */
const untemplated = (text: string): string => text.replaceAll(/\{(?=\{\w)/g, '{\u2060')

const nbsp = '\u00a0'

/**
 * A web page drops spaces at the beginning of a line and after other spaces; browsers copy these as usual spaces. The
 * text stands behind `before` in its line.
 */
const keepSpaces = (text: string, before: string): string => {
  const [isFirst, tabbed] = [/^$|[ \u00a0]$/.test(before), text.replaceAll('\t', '    ')]
  return tabbed.replaceAll(isFirst ? /(?<=^|\n| ) /g : /(?<=\n| ) /g, nbsp)
}

/** The lines of a text; a line feed within a run is lost at its ends by some clients. */
const linesOf = (text: Text): Text[] => {
  const lines: Span[][] = [[]]
  for (const span of text) {
    if (typeof span !== 'string') lines.at(-1)?.push(span)
    else
      clean(span)
        .split('\n')
        .forEach((part, index) => {
          if (index > 0) lines.push([])
          if (part !== '') lines.at(-1)?.push(part)
        })
  }
  return lines
}

/** The text without what exceeds the limit; the last character says so. */
const shortened = (text: Text, limit: number): Text => {
  const kept: Span[] = []
  let room = limit
  for (const span of text) {
    const length = literalOf(span).length
    if (length > room) return [...kept, cutSpan(span, room)]
    kept.push(span)
    room -= length
  }
  return kept
}

const cutSpan = (span: Span, room: number): Span => {
  if (typeof span === 'string') return cutEnd(clean(span), Math.max(room, 1))
  return 'code' in span ? { code: cutEnd(cleanLine(span.code), Math.max(room, 1)) } : '…'
}
