const escapes = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text) => text.replace(/[&<>"]/g, (character) => escapes[character])

const link = (words, address) =>
  /^(?:https?|mailto):/i.test(address)
    ? `<a href="${address}" target="_blank" rel="noopener noreferrer">${words}<span class="hidden-text"> (opens in a new tab)</span></a>`
    : words

const backslashed = /\\([\\`*_{}[\]()#+\-.!>~|])/g
const mark = '\u0000'

/** The marks within a line; the line is escaped before, so no HTML of the bot survives. */
function inline(line) {
  const kept = []
  const marked = line.replaceAll(mark, '').replace(backslashed, (_, character) => {
    kept.push(escaped(character))
    return mark
  })
  return withMarks(escaped(marked)).replaceAll(mark, () => kept.shift())
}

const withMarks = (line) =>
  line
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/~~(?=\S)(.+?)(?<=\S)~~/g, '<s>$1</s>')
    .replace(/\[([^\]]+)\]\(([^)\s]+)\)/g, (_, words, address) => link(words, address))
    .replace(/\*\*(?=\S)(.+?)(?<=\S)\*\*/g, '<strong>$1</strong>')
    .replace(/(^|[^\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?!\w)/g, '$1<em>$2</em>')
    .replace(/(^|[^\w])_(?=\S)([^_]+?)(?<=\S)_(?!\w)/g, '$1<em>$2</em>')

const item = /^\s*(?:([-*])|\d+\.)\s+(.*)$/

/**
 * The markdown that Teams shows in cards, as safe HTML: bold, italic, code, links and lists. Anything else, HTML too, stays as
 * it was written.
 */
export function markdown(text) {
  const parts = []
  for (const line of text.split(/\r\n|\r|\n/)) {
    const [, bullet, words] = item.exec(line) ?? []
    const last = parts.at(-1)
    if (words === undefined) parts.push({ kind: 'p', lines: [line] })
    else if (last?.kind === (bullet ? 'ul' : 'ol')) last.lines.push(words)
    else parts.push({ kind: bullet ? 'ul' : 'ol', lines: [words] })
  }
  return parts
    .filter(({ kind, lines }) => kind !== 'p' || lines[0].trim() !== '')
    .map(({ kind, lines }) =>
      kind === 'p'
        ? `<p>${inline(lines[0])}</p>`
        : `<${kind}>${lines.map((words) => `<li>${inline(words)}</li>`).join('')}</${kind}>`,
    )
    .join('')
}
