import type { Item } from '../domain/resource.ts'
import { reachNotes } from './item-notes.ts'
import { itemText } from './request-items.ts'
import type { Text } from './view-model.ts'

const nothingElse = 'Nothing else, except to look at its own token and rights, and to end it.'
const unexplained =
  'The configuration has changed since the request. Latchkey would not write this document for these things today:'

/**
 * What a policy document allows, in sentences. `isExact`: it is the document for exactly these items. Otherwise only the
 * document itself says what it allows.
 */
export const policyMeaning = (items: readonly Item[], isExact: boolean): readonly Text[] => {
  const [first, ...others] = items
  if (!first) return []
  const list = others.length > 0 || !isExact
  const lines = list ? items.flatMap((item): Text => ['\n• ', ...itemText(item)]) : [' ', ...itemText(first), '.']
  if (!isExact) return [[unexplained, ...lines]]
  return [['Allows:', ...lines, list ? '\n' : ' ', nothingElse], ...reachNotes(items)]
}

/** A JSON document with one entry per line; any other text as it is. */
export const indented = (document: string): readonly string[] => {
  try {
    return JSON.stringify(JSON.parse(document), undefined, 2).split('\n')
  } catch {
    return document.split('\n')
  }
}
