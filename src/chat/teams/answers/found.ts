import { shortId } from '../../../domain/ids.ts'
import { plainText } from '../../../views/copy-time.ts'
import type { OwnEntry } from '../../conversation/own.ts'
import { plain } from '../cards/text.ts'

const longest = 300

/** One entry of a search for a person's own access. Only the person reads the entry; a message gets the short id. */
export const foundEntry = ({ request, text }: OwnEntry) => {
  const [what = '', ...state] = plainText(text).split('\n')
  const id = shortId(request)
  const preview = { title: plain(what, longest), text: plain(`${state.join(' ')} · request ${id}`, longest) }
  return {
    /** What a search is compared with, in lower case. */
    words: `${what} ${state.join(' ')} ${id}`.toLowerCase(),
    attachment: {
      contentType: 'application/vnd.microsoft.card.adaptive',
      content: {
        type: 'AdaptiveCard',
        version: '1.5',
        fallbackText: `Request ${id}`,
        body: [{ type: 'TextBlock', text: `Latchkey request ${id}`, wrap: true }],
      },
      preview: { contentType: 'application/vnd.microsoft.card.thumbnail', content: preview },
    },
  }
}
