import type { Notice } from '../domain/card.ts'
import type { Grant } from '../domain/grant.ts'
import { linkAction } from './card-actions.ts'
import type { Action, Text, Tone } from './view-model.ts'

/** Tells the holder that a fetched credential was not opened in time; it can be fetched again while there is access. */
export const unopenedNews = (
  { at }: Extract<Notice, { about: 'credential-unopened' }>,
  grant: Grant | undefined,
): { readonly title: string; readonly tone: Tone; readonly text: Text; readonly actions: readonly Action[] } => {
  const isLive = grant?.state === 'active'
  const again = isLive ? ' You can fetch it again.' : ''
  return {
    title: 'Your credential was not opened in time',
    tone: 'neutral',
    text: ['It was not opened until ', { time: at }, `, so Latchkey ended it.${again}`],
    actions: isLive && !grant.lapse ? [linkAction(grant)] : [],
  }
}
