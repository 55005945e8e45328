import type { PersonId } from '../../domain/ids.ts'
import type { Integration } from '../../domain/integration.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { maxItems } from '../../domain/request-items.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Conversation } from './conversation.ts'

/** A resource that words mean, with a permission if they name one. */
export type Match = { readonly resource: Resource; readonly permission?: string }

/** The meaning of a command's words: resources of one vault, and the words that matched none of them. */
export type Matches = { readonly matches: readonly Match[]; readonly unmatched?: string }

/**
 * The resources that the words mean. Either all words name one resource, perhaps with a permission first. Or they are
 * several names between commas, or several complete paths between blanks.
 */
export const matchWords = async (
  conversation: Conversation,
  person: PersonId,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Matches>> => {
  const only = await matchOne(conversation, person, integrations, words)
  if (!only.ok) return only
  if (only.value) return accept({ matches: [only.value] })
  const parts = partsOf(words)
  if (parts.length < 2 || parts.length > maxItems) return accept({ matches: [], unmatched: words })
  const matches: Match[] = []
  const unmatched: string[] = []
  for (const part of parts) {
    const match = await matchOne(conversation, person, integrations, part)
    if (!match.ok) return match
    const isOfOneVault = match.value?.resource.integration === (matches[0] ?? match.value)?.resource.integration
    if (match.value && isOfOneVault) matches.push(match.value)
    else unmatched.push(part)
  }
  return accept({ matches, ...(unmatched.length > 0 && { unmatched: unmatched.join(', ') }) })
}

/** Names between commas. Without a comma only complete paths count, because a search also has blanks. */
const partsOf = (words: string): readonly string[] => {
  const named = words.split(',').map((part) => part.trim())
  if (named.length > 1) return [...new Set(named.filter((part) => part !== ''))]
  const paths = words.split(' ')
  return paths.every((path) => path.includes('/')) ? [...new Set(paths)] : []
}

/** The one resource that the words mean: by its complete path, or as the only match. */
const matchOne = async (
  conversation: Conversation,
  person: PersonId,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Match | undefined>> => {
  const whole = await onlyMatch(conversation, person, integrations, words)
  if (!whole.ok) return whole
  if (whole.value) return accept({ resource: whole.value })
  const [first = '', ...rest] = words.split(' ')
  if (rest.length === 0) return accept(undefined)
  // "read kv/apps/db": the first word may be a permission.
  const other = await onlyMatch(conversation, person, integrations, rest.join(' '))
  if (!other.ok) return other
  const permission = other.value?.permissions.find((each) => each.toLowerCase() === first.toLowerCase())
  return accept(other.value && permission ? { resource: other.value, permission } : undefined)
}

const onlyMatch = async (
  { useCases }: Conversation,
  person: PersonId,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Resource | undefined>> => {
  const ids = integrations.map(({ id }) => id)
  const searched = await useCases.searchResources(person, ids, words, 20)
  if (!searched.ok) return searched
  const found = searched.value.filter(({ obstacle }) => obstacle === undefined)
  const exact = found.filter(({ path }) => path === words)
  if (exact.length === 1) return accept(exact[0])
  return accept(found.length === 1 ? found[0] : undefined)
}
