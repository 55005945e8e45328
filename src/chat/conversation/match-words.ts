import type { IntegrationId, PersonId } from '../../domain/ids.ts'
import type { Integration } from '../../domain/integration.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { maxItems } from '../../domain/request-items.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Unclear } from '../../views/words-notes.ts'
import type { Conversation } from './conversation.ts'

/** A resource that words mean, with a permission if they name one. */
export type Match = { readonly resource: Resource; readonly permission?: string }

/** The meaning of a command's words: resources of one vault, and words that name no single one. */
export type Matches = { readonly matches: readonly Match[]; readonly unclear: readonly Unclear[] }

type Scope = {
  readonly conversation: Conversation
  readonly person: PersonId
  readonly integrations: readonly IntegrationId[]
}

/**
 * The resources that the words mean. Either all words name one resource, perhaps with a permission first. Or they are
 * several names between commas or "and", or several complete paths between blanks.
 */
export const matchWords = async (
  conversation: Conversation,
  person: PersonId,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Matches>> => {
  const scope = { conversation, person, integrations: integrations.map(({ id }) => id) }
  const whole = await matchOne(scope, words)
  if (!whole.ok) return whole
  const isFound = 'match' in whole.value ? !whole.value.unclear : whole.value.unclear.is === 'several'
  // "and" may be a part of a name, so it divides only where every side names something.
  const names = await matchEach(scope, isFound ? [] : namesOf(words))
  if (!names.ok) return names
  if (names.value.length > 0 && names.value.every(isNamed)) return accept(together(names.value))
  const parts = await matchEach(scope, 'match' in whole.value ? [] : partsOf(words))
  if (!parts.ok) return parts
  return accept(together(parts.value.length > 0 ? parts.value : [whole.value]))
}

/** What each part means; nothing where the parts are too few or too many for a list of names. */
const matchEach = async (scope: Scope, parts: readonly string[]): Promise<Outcome<readonly Meaning[]>> => {
  const found: Meaning[] = []
  if (parts.length < 2 || parts.length > maxItems) return accept(found)
  for (const part of parts) {
    const meaning = await matchOne(scope, part)
    if (!meaning.ok) return meaning
    found.push(meaning.value)
  }
  return accept(found)
}

const isNamed = (meaning: Meaning): boolean => 'match' in meaning || meaning.unclear.is === 'several'

/** What words mean: one resource, or why not. A mistyped name has both. */
type Meaning = { readonly match: Match; readonly unclear?: Unclear } | { readonly unclear: Unclear }

/** All of the first one's vault; the others need another request. */
const together = (meanings: readonly Meaning[]): Matches => {
  const all = meanings.flatMap((one) => ('match' in one ? [one.match] : []))
  const integration = all[0]?.resource.integration
  const isElsewhere = ({ resource }: Match) => resource.integration !== integration
  return {
    matches: all.filter((one) => !isElsewhere(one)),
    unclear: [
      ...meanings.flatMap((one) => one.unclear ?? []),
      ...all.filter(isElsewhere).map(({ resource }) => ({
        words: resource.path,
        is: 'elsewhere' as const,
        integration: resource.integration,
      })),
    ],
  }
}

/** Names between commas and "and". */
const namesOf = (words: string): readonly string[] =>
  /\sand\s/i.test(words) ? distinctOf(words.split(/\s*,\s*(?:and\s+)?|\s+and\s+/i)) : []

const distinctOf = (parts: readonly string[]): readonly string[] => [
  ...new Set(parts.map((part) => part.trim()).filter((part) => part !== '')),
]

/**
 * Names between commas. Without a comma only complete paths count, because a search also has blanks. A word before a
 * path is its permission.
 */
const partsOf = (words: string): readonly string[] => {
  const named = words.split(',')
  if (named.length > 1) return distinctOf(named)
  const parts: string[] = []
  let before: string[] = []
  for (const word of words.split(' ')) {
    if (word.includes('/')) parts.push([...before.splice(0), word].join(' '))
    else if (word !== 'and') before = [...before, word]
  }
  const isPaths = before.length === 0 && parts.every((part) => part.split(' ').length <= 2)
  return isPaths ? [...new Set(parts)] : []
}

/** The one resource that the words mean: by its complete path, as the only match, or as the only one meant. */
const matchOne = async (scope: Scope, words: string): Promise<Outcome<Meaning>> => {
  const whole = await search(scope, words)
  if (!whole.ok) return whole
  if (whole.value.only) return accept({ match: { resource: whole.value.only } })
  if (whole.value.found.length > 0) return accept(several(words, whole.value.found))
  const [first = '', ...rest] = words.split(' ')
  const name = rest.join(' ')
  if (name === '') return accept(await meant(scope, words))
  const behind = await withPermissionBehind(scope, words)
  if (behind) return behind
  // "read kv/apps/db": the first word may be a permission.
  const isOf = (resource: Resource) => permissionOf(resource, first) !== undefined
  const other = await search(scope, name)
  if (!other.ok) return other
  const found = other.value.found.filter(isOf)
  const { only } = other.value
  const permission = only && permissionOf(only, first)
  if (only && permission !== undefined) return accept({ match: { resource: only, permission } })
  if (found.length > 0) return accept(several(name, found))
  const all = await meant(scope, words)
  if ('match' in all || other.value.found.length > 0) return accept(all)
  const near = await meant(scope, name)
  if (!('match' in near)) return accept({ unclear: { ...near.unclear, words } })
  const { resource } = near.match
  // A first word that is no permission may be a part of the name, so the person chooses.
  const wanted = permissionOf(resource, first)
  if (wanted === undefined) return accept({ unclear: { words, is: 'unknown', similar: [resource] } })
  return accept({ match: { resource, permission: wanted }, unclear: { words, is: 'mistyped' } })
}

/** "kv/apps/ ReadOnly": the last word may be a permission of what the others name completely. */
const withPermissionBehind = async (scope: Scope, words: string): Promise<Outcome<Meaning> | undefined> => {
  const [last = '', ...before] = words.split(' ').reverse()
  const found = await search(scope, before.reverse().join(' '))
  if (!found.ok) return found
  const { only } = found.value
  const permission = only && permissionOf(only, last)
  return only && permission !== undefined ? accept({ match: { resource: only, permission } }) : undefined
}

const permissionOf = ({ permissions }: Resource, word: string): string | undefined =>
  permissions.find((each) => each.toLowerCase() === word.toLowerCase())

const several = (words: string, found: readonly Resource[]): Meaning => ({
  unclear: { words, is: 'several', found, isMore: found.length === searched },
})

/** The only name that the mistyped words are near to, or the few. */
const meant = async ({ conversation, person, integrations }: Scope, words: string): Promise<Meaning> => {
  const similar = await conversation.useCases.similarResources(person, integrations, words)
  const [only] = similar
  if (only && similar.length === 1) return { match: { resource: only }, unclear: { words, is: 'mistyped' } }
  return { unclear: { words, is: 'unknown', similar } }
}

const searched = 20

const search = async (
  { conversation, person, integrations }: Scope,
  words: string,
): Promise<Outcome<{ readonly found: readonly Resource[]; readonly only: Resource | undefined }>> => {
  const all = await conversation.useCases.searchResources(person, integrations, words, searched)
  if (!all.ok) return all
  const found = all.value.filter(({ obstacle }) => obstacle === undefined)
  const exact = found.filter(({ path }) => path === words)
  return accept({ found, only: exact.length === 1 ? exact[0] : found.length === 1 ? found[0] : undefined })
}
