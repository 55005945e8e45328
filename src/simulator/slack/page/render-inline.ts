import { type Html, html, nothing } from '../../page/html.ts'
import type { RichTextInline, RichTextPart } from '../block-kit-rich-text.ts'
import type { TextObject } from '../block-kit-text.ts'
import { emojiText } from '../emoji.ts'
import { type Inline, parseMrkdwn } from '../mrkdwn.ts'
import { formatSlackDate } from '../slack-dates.ts'
import { asInline, mentionText, type Reader } from '../visible-text.ts'

/** A text object: mrkdwn with its formatting, plain text unchanged. */
export const renderText = (text: TextObject, reader: Reader): Html =>
  text.type === 'plain_text' ? renderLines(emojiText(text.text)) : renderMrkdwn(text.text, reader)

/** Slack's `mrkdwn`, e.g. the text of a message without blocks. */
export const renderMrkdwn = (text: string, reader: Reader): Html => html`${renderInlines(parseMrkdwn(text), reader)}`

const renderInlines = (parts: readonly Inline[], reader: Reader): Html[] =>
  parts.map((part) => renderInline(part, reader))

/** Text with its line breaks. */
function renderLines(text: string): Html {
  return html`${text.split('\n').map((line, index) => html`${index > 0 && html`<br>`}${line}`)}`
}

function renderInline(part: Inline, reader: Reader): Html {
  switch (part.kind) {
    case 'text':
      return renderLines(part.text)
    case 'bold':
      return html`<strong>${renderInlines(part.children, reader)}</strong>`
    case 'italic':
      return html`<em>${renderInlines(part.children, reader)}</em>`
    case 'strike':
      return html`<s>${renderInlines(part.children, reader)}</s>`
    case 'quote':
      return html`<blockquote>${renderInlines(part.children, reader)}</blockquote>`
    case 'code':
      return html`<code>${part.text}</code>`
    case 'preformatted':
      return html`<pre tabindex="0">${part.text}</pre>`
    case 'emoji':
      return html`${emojiText(`:${part.name}:`)}`
    case 'link':
      return renderLink(part.url, part.label === '' ? part.url : part.label)
    case 'date':
      return renderDate(part, reader)
    default:
      return html`<span class="mention">${mentionText(part, reader)}</span>`
  }
}

/** A link that opens in a new tab; an address other than http or https stays text. */
function renderLink(url: string, label: string): Html {
  if (!/^https?:\/\//i.test(url)) return html`${label}`
  return html`<a href="${url}" target="_blank" rel="noopener noreferrer">${label}</a>`
}

function renderDate(date: Extract<Inline, { kind: 'date' }>, reader: Reader): Html {
  const shown = formatSlackDate(date.seconds, date.format, reader)
  const exact = new Date(date.seconds * 1000).toISOString()
  const time = html`<time datetime="${exact}" title="${exact}">${shown}</time>`
  return date.url === '' ? time : html`<a href="${date.url}" target="_blank" rel="noopener noreferrer">${time}</a>`
}

/** One part of a `rich_text` block. */
export function renderRichText(part: RichTextPart, reader: Reader): Html {
  if (part.type === 'rich_text_list') {
    const items = part.elements.map((item) => html`<li>${renderRichInlines(item.elements, reader)}</li>`)
    return part.style === 'ordered' ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`
  }
  const inside = renderRichInlines(part.elements, reader)
  if (part.type === 'rich_text_quote') return html`<blockquote>${inside}</blockquote>`
  if (part.type === 'rich_text_preformatted') return html`<pre tabindex="0">${inside}</pre>`
  return html`<p>${inside}</p>`
}

const renderRichInlines = (parts: readonly RichTextInline[], reader: Reader): Html[] =>
  parts.map((part) => {
    const { bold, italic, strike, code, underline } = part.style ?? {}
    let shown = renderInline(asInline(part), reader)
    if (code) shown = html`<code>${shown}</code>`
    if (bold) shown = html`<strong>${shown}</strong>`
    if (italic) shown = html`<em>${shown}</em>`
    if (strike) shown = html`<s>${shown}</s>`
    if (underline) shown = html`<u>${shown}</u>`
    return shown
  })

/** The description of a picture; pictures are never fetched. */
export const renderImage = (image: { alt_text: string }): Html =>
  image.alt_text === ''
    ? nothing
    : html`<span class="image" role="img" aria-label="${image.alt_text}">${image.alt_text}</span>`
