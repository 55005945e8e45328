import type { CardContext } from './card-context.ts'
import { isOwnerLike } from './card-headline.ts'
import type { NameOf, Subject } from './copy-states.ts'
import type { Quote } from './view-model.ts'

/**
 * People's own words that matter now: the reason until it is decided, what was written with a decision until the end,
 * then why it ended; and how to use the access.
 */
export const quotesOf = ({ request, grant }: Subject, context: CardContext): Quote[] => {
  const { audience, integration, nameOf } = context
  if (grant?.state === 'revoking' || grant?.state === 'ended') return endQuotes(grant, nameOf)
  const details = audience === 'access' && grant?.state === 'active' ? integration?.accessDetails?.slice(0, 400) : ''
  return [
    ...(request.state === 'pending' && isOwnerLike(context) ? [{ label: 'Why', text: request.reason }] : []),
    ...request.decisions.flatMap(({ by, note }) => (note ? [{ label: `${nameOf(by).person} wrote`, text: note }] : [])),
    ...(details ? [{ label: 'How to use it', text: details }] : []),
  ]
}

/** Why somebody asked for the end. */
const endQuotes = (
  { by, note }: Extract<Subject['grant'], { state: 'revoking' | 'ended' }>,
  nameOf: NameOf,
): Quote[] =>
  note === undefined ? [] : [{ label: `${by ? nameOf(by).person : 'An operator of Latchkey'} wrote`, text: note }]
