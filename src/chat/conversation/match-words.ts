import type { PersonId } from '../../domain/ids.ts'
import type { Integration } from '../../domain/integration.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import type { Seconds } from '../../domain/time.ts'
import type { Conversation } from './conversation.ts'

/** The meaning of a command's words. */
export type Match = { readonly resource: Resource; readonly permission?: string }

/** The one resource that the words mean: by its complete path, or as the only match. */
export const matchWords = async (
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

/** The shortest sufficient length on offer, else the longest. */
export const nearest = ({ durations }: Integration, wanted: Seconds): Seconds =>
  durations.find((duration) => duration >= wanted) ?? durations.reduce((most, each) => (each > most ? each : most))
