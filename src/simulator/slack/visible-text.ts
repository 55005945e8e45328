import type { Block } from './block-kit.ts'
import type { InteractiveElement } from './block-kit-elements.ts'
import { fixedOptions } from './block-kit-elements.ts'
import type { RichTextInline, RichTextPart } from './block-kit-rich-text.ts'
import type { TextObject } from './block-kit-text.ts'
import { emojiText } from './emoji.ts'
import { type Inline, parseMrkdwn } from './mrkdwn.ts'
import { formatSlackDate } from './slack-dates.ts'
import type { Workspace } from './workspace.ts'

/** The reader and the moment: names and dates depend on them. */
export type Reader = { workspace: Workspace; timeZone: string; nowSeconds: number }

/** The visible words of the blocks, one block per line; without blocks the text itself. */
export function visibleText(content: { text: string; blocks: readonly Block[] }, reader: Reader): string {
  if (content.blocks.length === 0) return inlineText(parseMrkdwn(content.text), reader)
  return content.blocks
    .map((block) => blockText(block, reader))
    .filter((text) => text !== '')
    .join('\n')
}

/** The words of one block. */
export function blockText(block: Block, reader: Reader): string {
  switch (block.type) {
    case 'header':
      return textOfObject(block.text, reader)
    case 'section': {
      const texts = [...(block.text === undefined ? [] : [block.text]), ...(block.fields ?? [])]
      const accessory = block.accessory === undefined ? [] : [elementText(block.accessory, reader)]
      return [...texts.map((text) => textOfObject(text, reader)), ...accessory].join('\n')
    }
    case 'context':
      return block.elements.map((element) => elementText(element, reader)).join(' ')
    case 'actions':
      return block.elements.map((element) => `[${elementText(element, reader)}]`).join(' ')
    case 'input': {
      const hint = block.hint === undefined ? [] : [block.hint.text]
      return [block.label.text, elementText(block.element, reader), ...hint].filter((text) => text !== '').join('\n')
    }
    case 'image':
      return [block.title?.text, block.alt_text].filter((text) => text !== undefined).join('\n')
    case 'rich_text':
      return block.elements.map((part) => richText(part, reader)).join('\n')
    case 'divider':
      return ''
    default:
      return block satisfies never
  }
}

type AnyElement = InteractiveElement | TextObject | { type: 'image'; alt_text: string }

function elementText(element: AnyElement, reader: Reader): string {
  switch (element.type) {
    case 'image':
      return element.alt_text
    case 'plain_text':
    case 'mrkdwn':
      return textOfObject(element, reader)
    case 'button':
      return element.text.text
    case 'checkboxes':
    case 'radio_buttons':
      return fixedOptions(element)
        .map((option) => textOfObject(option.text, reader))
        .join('\n')
    default:
      return element.placeholder?.text ?? ''
  }
}

/** The words of a text object; mrkdwn is read, plain text taken literally. */
export function textOfObject(text: TextObject, reader: Reader): string {
  return text.type === 'plain_text' ? emojiText(text.text) : inlineText(parseMrkdwn(text.text), reader)
}

/** The words of formatted text. */
const inlineText = (parts: readonly Inline[], reader: Reader): string =>
  parts.map((part) => wordsOf(part, reader)).join('')

function wordsOf(part: Inline, reader: Reader): string {
  switch (part.kind) {
    case 'text':
    case 'code':
    case 'preformatted':
      return part.text
    case 'bold':
    case 'italic':
    case 'strike':
      return inlineText(part.children, reader)
    case 'quote':
      return `${inlineText(part.children, reader)}\n`
    case 'emoji':
      return emojiText(`:${part.name}:`)
    case 'link':
      return part.label === '' ? part.url : part.label
    case 'date':
      return formatSlackDate(part.seconds, part.format, reader)
    default:
      return mentionText(part, reader)
  }
}

/** A mention as people see it: `@Name`, `#channel`. Unknown ids stay ids. */
export function mentionText(
  mention: { kind: 'user' | 'channel' | 'userGroup' | 'broadcast'; id: string; label: string },
  { workspace }: Reader,
): string {
  const { id, label } = mention
  switch (mention.kind) {
    case 'user':
      return `@${workspace.users.get(id)?.realName ?? id}`
    case 'channel':
      return `#${workspace.conversations.get(id)?.name ?? (label || id)}`
    case 'userGroup':
      return `@${workspace.userGroups.find((group) => group.id === id)?.handle ?? (label || id)}`
    case 'broadcast':
      return `@${id}`
    default:
      return mention.kind satisfies never
  }
}

function richText(part: RichTextPart, reader: Reader): string {
  if (part.type !== 'rich_text_list') return part.elements.map((inline) => richInline(inline, reader)).join('')
  return part.elements.map((item) => `• ${richText(item, reader)}`).join('\n')
}

function richInline(inline: RichTextInline, reader: Reader): string {
  return wordsOf(asInline(inline), reader)
}

/** A rich-text element as formatted text, without its style. */
export function asInline(inline: RichTextInline): Inline {
  switch (inline.type) {
    case 'text':
      return { kind: 'text', text: inline.text }
    case 'link':
      return { kind: 'link', url: inline.url, label: inline.text ?? '' }
    case 'user':
      return { kind: 'user', id: inline.user_id, label: '' }
    case 'usergroup':
      return { kind: 'userGroup', id: inline.usergroup_id, label: '' }
    case 'channel':
      return { kind: 'channel', id: inline.channel_id, label: '' }
    case 'emoji':
      return { kind: 'emoji', name: inline.name }
    case 'broadcast':
      return { kind: 'broadcast', id: inline.range, label: '' }
    case 'date': {
      const { timestamp, format, url = '', fallback = '' } = inline
      return { kind: 'date', seconds: timestamp, format, url, fallback }
    }
    default:
      return inline satisfies never
  }
}
