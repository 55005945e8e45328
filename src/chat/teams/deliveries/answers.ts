/** The answer to one delivery. Without a body it is empty. */
export type Answer = { readonly status: number; readonly body?: unknown }

/** Nothing to say, or a dialog that closes. */
export const nothing: Answer = { status: 200 }

const ok = (body: unknown): Answer => ({ status: 200, body })

/** A dialog's content. `height` and `width` are `small`, `medium` or `large`. */
export type DialogContent = {
  readonly title: string
  readonly card: unknown
  readonly width?: string | number
  readonly height?: string | number
}

/** Opens a dialog, or replaces the content of an open one. */
export const dialogAnswer = (value: DialogContent): Answer => ok({ task: { type: 'continue', value } })

/** A card in place of the used one, for this person alone. */
export const cardAnswer = (card: unknown): Answer =>
  ok({ statusCode: 200, type: 'application/vnd.microsoft.card.adaptive', value: card })

/** The entries of a menu. */
export const searchAnswer = (results: readonly { readonly title: string; readonly value: string }[]): Answer =>
  ok({ statusCode: 200, type: 'application/vnd.microsoft.search.searchResponse', value: { results } })

/** Found entries of a search in the message box, each with the card that is inserted. */
export const foundAnswer = (attachments: readonly unknown[]): Answer =>
  ok({ composeExtension: { type: 'result', attachmentLayout: 'list', attachments } })

/** A sentence for the person alone, in the form that this kind of delivery takes. */
export const sentenceAnswer = (name: string, sentence: string): Answer => {
  if (name === 'application/search') return searchAnswer([{ title: sentence, value: 'nothing' }])
  if (/^composeExtension\/(?:query|selectItem)/.test(name))
    return ok({ composeExtension: { type: 'message', text: sentence } })
  if (/^(?:composeExtension|task)\//.test(name)) return ok({ task: { type: 'message', value: sentence } })
  return ok({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: sentence })
}
