import type { Integration } from '../domain/integration.ts'
import type { CardContext } from './card-context.ts'
import type { NameOf, Subject } from './copy-states.ts'
import type { Quote } from './view-model.ts'

/** What people wrote about a request and its access, in their own words, and how to use the access. */
export const quotesOf = ({ request, grant }: Subject, { audience, integration, nameOf }: CardContext): Quote[] => {
  const details = instructionsOf(integration)
  const isUsable = grant?.state === 'active' && audience === 'access' && details !== undefined
  const notes = request.decisions.flatMap(({ by, verdict, note }) =>
    note
      ? [{ label: `${verdict === 'approve' ? 'Approved' : 'Denied'} by ${nameOf(by).person}, who wrote`, text: note }]
      : [],
  )
  return [
    { label: 'Why', text: request.reason },
    ...notes,
    ...endQuotes(grant, nameOf),
    ...(isUsable ? [{ label: 'How to use it', text: details }] : []),
  ]
}

/** Why somebody asked for the end, in their own words. */
const endQuotes = (grant: Subject['grant'], nameOf: NameOf): Quote[] => {
  if (grant?.state !== 'revoking' && grant?.state !== 'ended') return []
  const { because, by, note } = grant
  if (note === undefined) return []
  const verb = because === 'given-back' ? 'Given back' : 'Revoked'
  return [{ label: `${verb} by ${by ? nameOf(by).person : 'an operator of Latchkey'}, who wrote`, text: note }]
}

const instructionsOf = (integration: Integration | undefined): string | undefined =>
  integration?.accessDetails?.slice(0, 400)
