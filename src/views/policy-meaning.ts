import type { Lent } from '../domain/lent.ts'
import type { Item } from '../domain/resource.ts'
import { reachNotes } from './item-notes.ts'
import { lentText } from './lent-notes.ts'
import { itemText } from './request-items.ts'
import type { Text } from './view-model.ts'

const nothingElse = 'Nothing else, except to look at its own token and rights, and to end it.'
const unexplained =
  'The configuration has changed since the request. Latchkey would not write this document for these things today:'

/**
 * What a policy document allows, in sentences, and for lent policies what they open besides. `isExact`: it is the document for exactly these items. Otherwise only the
 * document itself says what it allows.
 */
export const policyMeaning = (items: readonly Item[], isExact: boolean, lent?: Lent): readonly Text[] => {
  const [first, ...others] = items
  if (!first) return []
  const texts = isExact ? items.flatMap(actsIn) : items.map(itemText)
  const list = others.length > 0 || !isExact || texts.length > 1
  const lines = list ? texts.flatMap((text): Text => ['\n• ', ...text]) : [' ', ...itemText(first), '.']
  if (!isExact) return [[unexplained, ...lines]]
  const rest = lent ? lentText(lent) : [nothingElse]
  return [['Allows:', ...lines, list ? '\n' : ' ', ...rest], ...reachNotes(items)]
}

/** What each permission on a folder allows with everything beneath it. */
const beneath: ReadonlyMap<string, readonly string[]> = new Map([
  ['ReadOnly', ['list', 'fetch']],
  ['ReadWrite', ['list', 'fetch', 'create', 'update']],
  ['Admin', ['list', 'fetch', 'create', 'update', 'delete', 'undelete']],
])

/** An item as the single things that it allows. */
const actsIn = (item: Item): readonly Text[] => {
  const verbs = item.type === 'management' ? beneath.get(item.permission) : undefined
  return verbs ? verbs.map((verb) => [`${verb} beneath `, ...itemText(item).slice(2)]) : [itemText(item)]
}

/**
 * A JSON document with one entry per line; any other text as it is. It is never written anew from its parsed form: Node 24
 * may give an object the key of an earlier one (see `findings/`), and an owner would read another path.
 */
export const indented = (document: string): readonly string[] => {
  if (!isJson(document)) return document.split('\n')
  const tokens = document.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g) ?? []
  const lines: string[] = []
  let [line, depth] = ['', 0]
  const breakLine = () => {
    lines.push(line)
    line = '  '.repeat(depth)
  }
  for (const [index, token] of tokens.entries()) {
    const isEnd = /^[}\]]$/.test(token)
    const wasOpened = /^[{[]$/.test(tokens[index - 1] ?? '')
    if (isEnd) depth -= 1
    if (isEnd ? !wasOpened : wasOpened) breakLine()
    line += token === ':' ? ': ' : token
    if (token === ',') breakLine()
    if (/^[{[]$/.test(token)) depth += 1
  }
  return [...lines, line]
}

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
