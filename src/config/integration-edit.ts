import { isDeepStrictEqual } from 'node:util'
import { isMap, isSeq, parseDocument, stringify } from 'yaml'

/**
 * The text of a configuration with one more integration. Everything else stays as it is written, comments and order
 * included; only where the file is written in another way than usual is the whole of it formatted anew.
 */
export const withIntegration = (text: string, entry: object): string => {
  const wanted = parseDocument(text)
  const all = wanted.get('integrations')
  if (isSeq(all)) all.add(wanted.createNode(entry))
  else wanted.set('integrations', wanted.createNode([entry]))
  const inserted = insertedInto(text, entry)
  const isRight = inserted !== undefined && isDeepStrictEqual(parseDocument(inserted).toJS(), wanted.toJS())
  return isRight ? inserted : wanted.toString({ lineWidth: 0 })
}

/** The entry as a list with one item, indented. */
export const integrationText = (entry: object, indent = '  '): string =>
  stringify([entry], { lineWidth: 0 })
    .trimEnd()
    .split('\n')
    .map((line) => `${indent}${line}\n`)
    .join('')

/** The text with the entry after the last one; `undefined` where the list is not written line by line. */
const insertedInto = (text: string, entry: object): string | undefined => {
  const document = parseDocument(text)
  const all = document.get('integrations')
  if (all === undefined) return `${endingLine(text)}integrations:\n${integrationText(entry)}`
  const last = isSeq(all) && !all.flow ? all.items.at(-1) : undefined
  if (!isMap(last) || !last.range) return undefined
  const [start, valueEnd] = last.range
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const indent = /^ *(?=- )/.exec(text.slice(lineStart))?.[0]
  if (indent === undefined) return undefined
  const end = text.slice(0, valueEnd).endsWith('\n') ? valueEnd : text.indexOf('\n', valueEnd) + 1 || text.length
  return `${endingLine(text.slice(0, end))}${integrationText(entry, indent)}${text.slice(end)}`
}

const endingLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)
