import type { MrkdwnElement, PlainTextElement } from '@slack/types'
import type { Identity } from '../../domain/card.ts'
import { clean, cleanLine, cutEnd } from '../../domain/clean.ts'
import { utcText } from '../../views/copy-time.ts'
import type { Span, Text } from '../../views/view-model.ts'

/** Escapes the three characters of Slack's markup. */
export const escapeText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Text that Slack shows letter by letter. */
export const plain = (text: string, limit: number): PlainTextElement => ({
  type: 'plain_text',
  text: cutEnd(cleanLine(text), limit) || ' ',
  emoji: false,
})

/** Spans as Slack's markup, cut without halving a mark or an escape. */
export const markup = (text: Text, tenant: string, limit: number): MrkdwnElement => {
  let out = ''
  for (const span of text) {
    const next = markSpan(span, tenant)
    if (out.length + next.length > limit - 1) {
      out += cutSpan(span, limit - 1 - out.length)
      break
    }
    out += next
  }
  // Verbatim: Slack turns no address or name in the text into a link or mention.
  return { type: 'mrkdwn', text: out || ' ', verbatim: true }
}

const markSpan = (span: Span, tenant: string): string => {
  if (typeof span === 'string') return escapeText(clean(span))
  if ('time' in span) {
    const fallback = utcText(span.time)
    return `<!date^${Math.floor(span.time / 1000)}^{date_short_pretty} at {time}|${fallback}>`
  }
  if ('person' in span) return mention(span.identities, tenant) ?? escapeText(cleanLine(span.person))
  if ('code' in span) return wrapped('`', span.code.replaceAll('`', 'ˋ'))
  return wrapped('*', span.strong.replaceAll('*', '∗'))
}

const wrapped = (mark: string, text: string): string => {
  const inside = escapeText(cleanLine(text)).trim()
  return inside === '' ? '' : `${mark}${inside}${mark}`
}

/** A mention notifies and shows today's name; only an identity of this workspace has one. */
const mention = (identities: readonly Identity[], tenant: string): string | undefined => {
  const here = identities.find((identity) => identity.platform === 'slack' && identity.tenant === tenant)
  return here && /^[UW][A-Z0-9]+$/.test(here.subject) ? `<@${here.subject}>` : undefined
}

/** The part of a span that fits, cut between characters. */
const cutSpan = (span: Span, room: number): string => {
  if (typeof span !== 'string' && !('code' in span)) return '…'
  const [mark, text] = typeof span === 'string' ? ['', clean(span)] : ['`', cleanLine(span.code).replaceAll('`', 'ˋ')]
  let inside = ''
  for (const character of text) {
    const next = escapeText(character)
    if (inside.length + next.length + 2 * mark.length > room) break
    inside += next
  }
  return inside.trim() === '' ? '…' : `${mark}${inside}${mark}…`
}
