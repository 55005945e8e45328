import { type PersonId, type RequestId, resourceId } from '../../domain/ids.ts'
import { type Integration, nearest } from '../../domain/integration.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { type Seconds, seconds } from '../../domain/time.ts'
import { outdatedButtonView, refusalSentence } from '../../views/copy.ts'
import { refusedForm, sentenceForm } from '../../views/dialogs.ts'
import { type FieldErrors, nothingUnlessAll, type RequestFormState, requestForm } from '../../views/forms.ts'
import type { CarriedWish, FormView } from '../../views/view-model.ts'
import { draftOf } from '../../views/workload-inputs.ts'
import { decodeForm } from './codec.ts'
import type { Conversation } from './conversation.ts'
import { otherSecretsIn, valueIn, valuesIn, workloadIn } from './fields.ts'
import { type Matches, matchWords } from './match-words.ts'
import type { Form, Replace, Reply } from './port.ts'
import { type RequestWords, readRequestWords } from './request-words.ts'
import { offeredTo } from './suggest.ts'
import type { Work } from './turn.ts'

/**
 * Opens the request form, filled in from the words. A trigger is valid for seconds, so the form opens before the
 * account is checked, and shows a refusal afterwards. Before that, only the database is used.
 */
export const openRequestForm = (conversation: Conversation, typed: string, { open }: Pick<Reply, 'open'>): Work => {
  let replace: Replace | undefined
  return {
    prepare: async ({ person }) => {
      const form = await filledIn(conversation, person.id, typed)
      if (!form.ok) return form
      replace = await open(form.value)
      return accept('go-on')
    },
    act: async ({ person }) => {
      await conversation.useCases.welcome(person.id)
      return undefined
    },
    undo: async (refusal) => replace?.(sentenceForm('Not possible', refusalSentence(refusal))),
  }
}

/** The request form, filled in from the words. */
export const filledIn = async (
  conversation: Conversation,
  person: PersonId,
  typed: string,
): Promise<Outcome<FormView>> => {
  const { useCases, newId } = conversation
  const integrations = useCases.mayAskFor(person)
  const [first] = integrations
  if (!first) return { ok: false, refusal: { code: 'not-a-requester', integration: '' } }
  const read = await understood(conversation, person, integrations, readRequestWords(typed))
  if (!read.ok) return read
  const { words, matches, unclear } = read.value
  const integration = integrations.find(({ id }) => id === matches[0]?.resource.integration) ?? first
  return accept(
    requestForm({
      draft: newId(),
      integrations,
      integration,
      offers: await useCases.offering(integration.id),
      workloads: useCases.workloads(integration.id),
      chosen: matches.map((match) => ({ ...match, ...offeredTo(conversation, person)(match.resource) })),
      ...(words.duration && lengthFor(integration, words.duration)),
      ...(words.reason && { reason: words.reason }),
      unclear,
      example: await useCases.examplePath(person, integration.id),
    }),
  )
}

/**
 * The words and what they name. Where nothing before "to" or "for" names anything, the names may follow it, as in
 * "access to orders database".
 */
const understood = async (
  conversation: Conversation,
  person: PersonId,
  integrations: readonly Integration[],
  words: RequestWords,
): Promise<Outcome<Matches & { readonly words: RequestWords }>> => {
  const match = ({ search }: RequestWords) =>
    search === ''
      ? Promise.resolve(accept<Matches>({ matches: [], unclear: [] }))
      : matchWords(conversation, person, integrations, search)
  const found = await match(words)
  if (!found.ok) return found
  const isNothing = found.value.matches.length === 0 && found.value.unclear.every(({ is }) => is === 'unknown')
  if (isNothing && words.otherwise) {
    const { otherwise: _, ...behind } = readRequestWords(words.otherwise)
    const other = await match(behind)
    if (!other.ok) return other
    const { matches, unclear } = other.value
    const isNamed = unclear.every(({ is }) => is === 'several' || is === 'elsewhere')
    const length = words.duration && { duration: words.duration }
    if (isNamed && matches.length + unclear.length > 0)
      return accept({ ...other.value, words: { ...length, ...behind } })
  }
  return accept({ ...found.value, words })
}

/** Whether the words name a resource, or a few, that the person may request. */
export const namesSomething = async (conversation: Conversation, person: PersonId, typed: string): Promise<boolean> => {
  const integrations = conversation.useCases.mayAskFor(person)
  if (integrations.length === 0) return false
  const read = await understood(conversation, person, integrations, readRequestWords(typed))
  return read.ok && (read.value.matches.length > 0 || read.value.unclear.some(({ is }) => is === 'several'))
}

/** The form, filled in from an earlier request of the person. It files nothing. */
export const requestFormAgain = async (
  conversation: Conversation,
  request: RequestId,
  person: PersonId,
): Promise<Outcome<FormView>> => {
  const { useCases, newId } = conversation
  const wish = await useCases.wishAgain(request, person)
  if (!wish.ok) return wish
  const { integration, chosen, duration, workload, ...rest } = wish.value
  return accept(
    requestForm({
      draft: newId(),
      integrations: useCases.mayAskFor(person),
      integration,
      offers: await useCases.offering(integration.id),
      ...{ workloads: useCases.workloads(integration.id), used: draftOf(workload) },
      chosen: chosen.map((each) => ({ ...each, ...offeredTo(conversation, person)(each.resource) })),
      example: await useCases.examplePath(person, integration.id),
      ...lengthFor(integration, duration),
      ...rest,
    }),
  )
}

/** The wanted length, or the nearest one; then the form says so. */
const lengthFor = (integration: Integration, wanted: Seconds) => {
  const duration = nearest(integration, wanted)
  return { duration, ...(duration !== wanted && { unoffered: wanted }) }
}

/** A wish that was not filed, and what was wrong with it. */
type Unfiled = {
  readonly draft: string
  readonly wish: CarriedWish
  readonly errors?: FieldErrors
  readonly smaller?: readonly string[]
}

/** The form, filled in with a whole wish; `undefined` where the person may not ask there any more. */
export const formOfWish = async (
  conversation: Conversation,
  person: PersonId,
  { draft, wish, errors = {}, smaller = [] }: Unfiled,
): Promise<FormView | undefined> => {
  const { useCases } = conversation
  const found = await Promise.all(
    wish.items.map(async ({ resource, permission }) => {
      const known = await useCases.resource(person, resource)
      return known && { ...offeredTo(conversation, person)(known), permission }
    }),
  )
  const chosen = found.filter((one) => one !== undefined)
  const integrations = useCases.mayAskFor(person)
  const integration = integrations.find(({ id }) => id === chosen[0]?.resource.integration) ?? integrations[0]
  if (!integration) return undefined
  const { items: _, duration, workload, ...words } = wish
  const workloads = { workloads: useCases.workloads(integration.id), used: draftOf(workload) }
  const offers = await useCases.offering(integration.id)
  const example = await useCases.examplePath(person, integration.id)
  const state = { draft, integrations, integration, offers, chosen, example, smaller, ...workloads, ...words }
  return requestForm({ ...state, ...lengthFor(integration, duration) }, errors)
}

/** After a choice of vault or resource, redraws the fields that depend on it. */
export const reloadRequestForm = (conversation: Conversation, form: Form, replace: Replace): Work => ({
  act: async ({ person }) => {
    const state = await stateOf(conversation, form, person.id)
    if (state) await replace(state === 'outdated' ? refusedForm(outdatedButtonView()) : requestForm(state))
    return undefined
  },
})

/** A submitted form again, with what was filled in and without a question to the vault. */
export const requestFormOf = async (
  conversation: Conversation,
  form: Form,
  person: PersonId,
): Promise<FormView | undefined> => {
  const state = await stateOf({ ...conversation, answersInReply: true }, form, person)
  return state && state !== 'outdated' ? requestForm(state) : undefined
}

const stateOf = async (
  conversation: Conversation,
  { payload, fields }: Form,
  person: PersonId,
): Promise<RequestFormState | 'outdated' | undefined> => {
  const { useCases, answersInReply } = conversation
  const command = decodeForm(payload)?.command
  if (command?.form !== 'request') return 'outdated'
  const integrations = useCases.mayAskFor(person)
  // Without a choice of vaults, the scope of the resource menu names the vault.
  const scope = fields.find(({ name }) => name === 'resource')?.scope
  const wanted = valueIn(fields, 'integration') ?? scope
  const integration = integrations.find(({ id }) => id === wanted)
  if (!integration) return undefined
  const ids = valuesIn(fields, 'resource', integration.id).map(resourceId)
  const resources = await Promise.all(ids.map((id) => useCases.resource(person, id)))
  const chosen = resources
    .filter((resource) => resource !== undefined)
    .map(async (resource) => ({
      ...offeredTo(conversation, person)(resource),
      permission: valueIn(fields, 'permission', resource.id),
      ...(!answersInReply && { caveats: await useCases.caveats(resource) }),
    }))
  const duration = valueIn(fields, 'duration')
  const reason = valueIn(fields, 'reason')
  return {
    draft: command.draft,
    integrations,
    integration,
    offers: await useCases.offering(integration.id),
    chosen: await Promise.all(chosen),
    example: await useCases.examplePath(person, integration.id),
    allOrNothing: valueIn(fields, 'ifDenied') === nothingUnlessAll,
    others: otherSecretsIn(fields),
    ...{ workloads: useCases.workloads(integration.id), used: workloadIn(fields) },
    ...(duration && { duration: seconds(Number(duration)) }),
    ...(reason && { reason }),
  }
}
