/** Safe HTML: every text in it is escaped. */
export type Html = { readonly markup: string }

type Part = Html | readonly Html[] | string | number | false | undefined

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Escapes the characters that have a meaning in HTML. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => escapes[character] ?? '')

/** Builds HTML. Values are escaped unless they are HTML; `false` and `undefined` give nothing. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const pieces = strings.map((piece, index) => piece + textOf(parts[index]))
  return { markup: pieces.join('') }
}

function textOf(part: Part): string {
  if (part === undefined || part === false) return ''
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part))
  if ('markup' in part) return part.markup
  return part.map((piece) => piece.markup).join('')
}

/** Empty HTML. */
export const nothing: Html = { markup: '' }
