import { nameOf } from '../../app/deps.ts'
import type { PersonId } from '../../domain/ids.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import type { Resource } from '../../domain/resource.ts'
import {
  emptyText,
  meantText,
  type Offered,
  ownerText,
  resourceOptions,
  sayingOption,
  startOptions,
} from '../../views/resource-options.ts'
import type { Option } from '../../views/view-model.ts'
import type { Conversation } from './conversation.ts'
import type { Query } from './port.ts'

const shown = 100

/** The entries of the resource menu for the typed text. */
export const suggestResources = async (
  conversation: Conversation,
  { field, typed }: Query,
  person: PersonId,
): Promise<Outcome<readonly Option[]>> => {
  const { useCases } = conversation
  const integration = useCases.mayAskFor(person).find(({ id }) => id === field?.scope)
  if (!integration) return accept([])
  const found = await useCases.searchResources(person, [integration.id], typed, shown)
  if (!found.ok) return found
  const offered = offeredTo(conversation, person)
  if (found.value.length > 0) {
    const all = found.value.map(offered)
    if (typed.trim() !== '') return accept(resourceOptions(all))
    const usual = await useCases.usualResources(person, integration.id)
    return accept(
      startOptions(
        usual.map(({ resource, times }) => ({ ...offered(resource), times })),
        all,
      ),
    )
  }
  const offers = await useCases.offering(integration.id)
  if (offers === 'something') {
    const similar = await useCases.similarResources(person, [integration.id], typed)
    return accept(resourceOptions(similar.map(offered), meantText))
  }
  const [sentence, hint] = emptyText[offers]
  return accept([sayingOption(sentence, hint)])
}

/** A resource with the owners who would decide on it. */
export const offeredTo = (conversation: Conversation, person: PersonId) => {
  const named = nameOf(conversation)
  return (resource: Resource): Offered => ({
    resource,
    outlasts: conversation.useCases.outlastingBy(resource),
    owner: ownerText(conversation.useCases.decidersOf(person, resource), named),
    lends: conversation.useCases.lendsFor(resource),
  })
}
