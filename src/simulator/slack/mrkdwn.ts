/** A piece of formatted text. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike' | 'quote'; children: Inline[] }
  | { kind: 'code' | 'preformatted'; text: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'user' | 'channel' | 'userGroup' | 'broadcast'; id: string; label: string }
  | { kind: 'date'; seconds: number; format: string; url: string; fallback: string }
  | { kind: 'emoji'; name: string }

const marks =
  /```([\s\S]+?)```|`([^`\n]+)`|<([^<>\n]+)>|(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])|(?<!\w)_(?=\S)([^_\n]*?\S)_(?!\w)|(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])|:([a-z0-9_+-]+):/g

const entities: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' }

/** Replaces Slack's three escapes by their characters. */
const unescaped = (text: string): string => text.replace(/&(?:amp|lt|gt);/g, (entity) => entities[entity] ?? '')

/** Parses Slack's `mrkdwn`; unknown marks stay text. */
export function parseMrkdwn(source: string): Inline[] {
  const parts: Inline[] = []
  let quoted: string[] = []
  const endQuote = () => {
    if (quoted.length > 0) parts.push({ kind: 'quote', children: parseLine(quoted.join('\n')) })
    quoted = []
  }
  let plain: string[] = []
  const endPlain = () => {
    if (plain.length > 0) parts.push(...parseLine(plain.join('\n')))
    plain = []
  }
  for (const line of source.split('\n')) {
    const quote = /^(?:>|&gt;) ?(.*)$/.exec(line)
    if (quote === null) {
      endQuote()
      plain.push(line)
    } else {
      endPlain()
      quoted.push(quote[1] ?? '')
    }
  }
  endQuote()
  endPlain()
  return parts
}

function parseLine(source: string): Inline[] {
  const parts: Inline[] = []
  let end = 0
  for (const match of source.matchAll(marks)) {
    if (match.index > end) parts.push({ kind: 'text', text: unescaped(source.slice(end, match.index)) })
    parts.push(inlineOf(match))
    end = match.index + match[0].length
  }
  if (end < source.length) parts.push({ kind: 'text', text: unescaped(source.slice(end)) })
  return parts
}

function inlineOf(match: RegExpExecArray): Inline {
  const [whole, preformatted, code, angle, bold, italic, strike, emoji] = match
  if (preformatted !== undefined) return { kind: 'preformatted', text: unescaped(preformatted.replace(/^\n|\n$/g, '')) }
  if (code !== undefined) return { kind: 'code', text: unescaped(code) }
  if (angle !== undefined) return reference(angle)
  if (bold !== undefined) return { kind: 'bold', children: parseLine(bold) }
  if (italic !== undefined) return { kind: 'italic', children: parseLine(italic) }
  if (strike !== undefined) return { kind: 'strike', children: parseLine(strike) }
  if (emoji !== undefined) return { kind: 'emoji', name: emoji }
  return { kind: 'text', text: whole }
}

/** Parses the text between `<` and `>`: a mention, a date or a link. */
function reference(inside: string): Inline {
  const bar = inside.indexOf('|')
  const target = bar < 0 ? inside : inside.slice(0, bar)
  const label = bar < 0 ? '' : unescaped(inside.slice(bar + 1))
  const date = /^!date\^(-?\d+)\^([^^]+)(?:\^(.+))?$/.exec(target)
  if (date !== null) {
    const [, seconds = '0', format = '', url = ''] = date
    return { kind: 'date', seconds: Number(seconds), format, url: unescaped(url), fallback: label }
  }
  if (target.startsWith('@')) return { kind: 'user', id: target.slice(1), label }
  if (target.startsWith('#')) return { kind: 'channel', id: target.slice(1), label }
  if (target.startsWith('!subteam^')) return { kind: 'userGroup', id: target.slice(9), label }
  if (target.startsWith('!')) return { kind: 'broadcast', id: target.slice(1), label }
  return { kind: 'link', url: unescaped(target), label }
}
