/** The answer to one delivery. Without a body it is empty. */
export type Answer = { readonly status: number; readonly body?: unknown }

/** Nothing to say, or a dialog that closes. */
export const nothing: Answer = { status: 200 }

const ok = (body: unknown): Answer => ({ status: 200, body })

/** The entries of a menu. */
const searchAnswer = (results: readonly { readonly title: string; readonly value: string }[]): Answer =>
  ok({ statusCode: 200, type: 'application/vnd.microsoft.search.searchResponse', value: { results } })

/** A sentence for the person alone, in the form that this kind of delivery takes. */
export const sentenceAnswer = (name: string, sentence: string): Answer => {
  if (name === 'application/search') return searchAnswer([{ title: sentence, value: '' }])
  if (/^composeExtension\/(?:query|selectItem)/.test(name))
    return ok({ composeExtension: { type: 'message', text: sentence } })
  if (/^(?:composeExtension|task)\//.test(name)) return ok({ task: { type: 'message', value: sentence } })
  return ok({ statusCode: 200, type: 'application/vnd.microsoft.activity.message', value: sentence })
}
