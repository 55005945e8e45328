import { resourceId } from '../../domain/ids.ts'
import type { Integration } from '../../domain/integration.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import { refusalSentence } from '../../views/copy.ts'
import {
  emptyText,
  type RequestFormState,
  requestForm,
  resourceOptions,
  sayingOption,
  sentenceForm,
} from '../../views/forms.ts'
import type { Option } from '../../views/view-model.ts'
import { decodeForm } from '../commands.ts'
import { readRequestWords } from '../request-words.ts'
import type { Caller } from './identity.ts'
import { fieldsOf, type Interaction, type Origin, type ViewPayload } from './payload.ts'
import { scopeOf } from './render-form.ts'
import { openModal, type Room, updateModal } from './room.ts'
import type { No } from './turn.ts'

/** Opens the request form, filled in as far as the words go. Only the database is asked before it opens. */
export const openRequestForm = async (
  room: Room,
  origin: Origin,
  caller: Caller,
  typed: string,
): Promise<No | undefined> => {
  const integrations = room.useCases.mayAskFor(caller.person.id)
  const [first] = integrations
  if (!first) return { refusal: { code: 'not-a-requester', integration: '' } }
  const words = readRequestWords(typed)
  const found = words.search === '' ? accept(undefined) : await bestMatch(room, caller, integrations, words.search)
  if (!found.ok) return found
  const match = found.value
  const integration = integrations.find(({ id }) => id === match?.resource.integration) ?? first
  const state: RequestFormState = {
    draft: room.newId(),
    integrations,
    integration,
    offers: await room.useCases.offering(integration.id),
    ...(match && { resource: match.resource }),
    ...(match?.permission && { permission: match.permission }),
    ...(words.duration && { duration: nearest(integration, words.duration) }),
    ...(words.reason && { reason: words.reason }),
    ...(words.search !== '' && !match && { unmatched: words.search }),
  }
  const [view, admitted] = await Promise.all([openModal(room, origin, requestForm(state)), admitsForNow(room, caller)])
  if (admitted.ok) return undefined
  if (view) await updateModal(room, { id: view }, sentenceForm('Not possible', refusalSentence(admitted.refusal)))
  return { refusal: admitted.refusal }
}

/** While Slack is silent the form may open: sending it asks again, and fails closed. */
const admitsForNow = async (room: Room, { identity }: Caller): Promise<Outcome<void>> => {
  try {
    return await room.admits(identity, 'minute')
  } catch (error) {
    if (error instanceof ExternalError) return accept(undefined)
    throw error
  }
}

type Match = { readonly resource: Resource; readonly permission?: string }

/** The one resource that the words mean: by its whole path, or because nothing else matches. */
const bestMatch = async (
  room: Room,
  caller: Caller,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Match | undefined>> => {
  const whole = await onlyMatch(room, caller, integrations, words)
  if (!whole.ok) return whole
  if (whole.value) return accept({ resource: whole.value })
  const [first = '', ...rest] = words.split(' ')
  if (rest.length === 0) return accept(undefined)
  // "read kv/apps/db": the first word may be a permission.
  const other = await onlyMatch(room, caller, integrations, rest.join(' '))
  if (!other.ok) return other
  const permission = other.value?.permissions.find((each) => each.toLowerCase() === first.toLowerCase())
  return accept(other.value && permission ? { resource: other.value, permission } : undefined)
}

const onlyMatch = async (
  { useCases }: Room,
  { person }: Caller,
  integrations: readonly Integration[],
  words: string,
): Promise<Outcome<Resource | undefined>> => {
  const ids = integrations.map(({ id }) => id)
  const searched = await useCases.searchResources(person.id, ids, words, 20)
  if (!searched.ok) return searched
  const found = searched.value.filter(({ obstacle }) => obstacle === undefined)
  const exact = found.filter(({ path }) => path === words)
  if (exact.length === 1) return accept(exact[0])
  return accept(found.length === 1 ? found[0] : undefined)
}

/** The shortest offered length that is enough, else the longest. */
const nearest = ({ durations }: Integration, wanted: Seconds): Seconds =>
  durations.find((duration) => duration >= wanted) ?? durations.reduce((most, each) => (each > most ? each : most))

/** Another vault or resource was chosen: the fields that depend on it are shown anew. */
export const reloadRequestForm = async (room: Room, body: Interaction, caller: Caller): Promise<No | undefined> => {
  const state = body.view && (await stateOf(room, body.view, caller))
  if (!body.view || !state) return undefined
  try {
    const caveats = state.resource ? await room.useCases.caveats(state.resource) : []
    await updateModal(room, body.view, requestForm({ ...state, caveats }))
  } catch (error) {
    // A newer choice is already on its way, with the newer hash.
    if (!(error instanceof ExternalError && error.code === 'hash_conflict')) throw error
  }
  return undefined
}

const stateOf = async (room: Room, view: ViewPayload, { person }: Caller): Promise<RequestFormState | undefined> => {
  const command = decodeForm(metadataOf(view).command)
  const integrations = room.useCases.mayAskFor(person.id)
  const fields = fieldsOf(view)
  const scope = scopeOf(fields.get('resource')?.block ?? '')
  const wanted = fields.get('integration')?.value ?? scope
  const integration = integrations.find(({ id }) => id === wanted)
  if (command?.form !== 'request' || !integration) return undefined
  const chosen = scope === integration.id ? fields.get('resource')?.value : undefined
  const resource = chosen === undefined ? undefined : await room.useCases.resource(person.id, resourceId(chosen))
  const duration = fields.get('duration')?.value
  const reason = fields.get('reason')?.value
  return {
    draft: command.draft,
    integrations,
    integration,
    offers: await room.useCases.offering(integration.id),
    ...(resource && { resource }),
    ...(duration && { duration: seconds(Number(duration)) }),
    ...(reason && { reason }),
  }
}

/** What a dialog carries along: its command, and where to answer in private. */
export const metadataOf = (view: ViewPayload): { readonly command?: unknown; readonly conversation?: string } => {
  try {
    const parsed: unknown = JSON.parse(view.private_metadata)
    if (typeof parsed !== 'object' || parsed === null) return {}
    const command = 'command' in parsed ? parsed.command : undefined
    const conversation = 'conversation' in parsed ? parsed.conversation : undefined
    return { command, ...(typeof conversation === 'string' && { conversation }) }
  } catch {
    return {}
  }
}

/** The entries of the resource menu for what is typed so far. */
export const suggestResources = async (
  room: Room,
  body: Interaction,
  { person }: Caller,
): Promise<Outcome<Option[]>> => {
  const scope = scopeOf(body.block_id ?? '')
  const integration = room.useCases.mayAskFor(person.id).find(({ id }) => id === scope)
  if (!integration) return accept([])
  const found = await room.useCases.searchResources(person.id, [integration.id], body.value ?? '', 100)
  if (!found.ok) return found
  if (found.value.length > 0) return accept(resourceOptions(found.value))
  const offers = await room.useCases.offering(integration.id)
  if (offers === 'something') return accept([])
  const [sentence, hint] = emptyText[offers]
  return accept([sayingOption(sentence, hint)])
}
