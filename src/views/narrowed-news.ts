import type { Notice } from '../domain/card.ts'
import type { Subject } from './copy-states.ts'
import { troubleSentence } from './copy-troubles.ts'
import { exceptedPaths } from './request-items.ts'
import type { Text, Tone } from './view-model.ts'

type NarrowedNews = Extract<Notice, { about: 'access-narrowed' | 'not-narrowed' | 'not-narrowable' }>

/** News about secrets that appeared beneath a folder to which somebody has access. */
export const narrowedNews = (
  notice: NarrowedNews,
  { grant }: Partial<Subject> = {},
): { readonly title: string; readonly tone: Tone; readonly text: Text } => {
  if (notice.about === 'not-narrowed') {
    return {
      title: 'New secrets may be reachable',
      tone: 'bad',
      text: [
        `This access covers a folder, and Latchkey cannot leave out what is new beneath it: ${troubleSentence(notice.code)}. Revoke the access if that matters.`,
      ],
    }
  }
  if (notice.about === 'not-narrowable') {
    return {
      title: 'Access could no longer be kept to what was approved',
      tone: 'bad',
      text: [
        `This access covers a folder, and Latchkey cannot leave out what is new beneath it: ${troubleSentence(notice.code)}. ${
          grant?.state === 'ended' ? 'The access has ended.' : 'The access is being ended.'
        } Whoever needs it asks for a smaller folder.`,
      ],
    }
  }
  const isOver = grant?.state === 'ended'
  const isDone = isOver || grant?.narrow !== true
  return {
    title: isDone ? 'A new secret is left out of an access' : 'A new secret is being left out of an access',
    tone: 'neutral',
    text: [
      'Beneath a folder that somebody may use appeared ',
      ...exceptedPaths(notice.names, notice.count),
      isDone
        ? '. The policy of the access leaves it out now.'
        : '. Latchkey is leaving it out of the policy of the access now.',
    ],
  }
}
