import { endedBecause, type Named, type Subject } from './copy-states.ts'
import type { Text } from './view-model.ts'

/** For the readers of an access: the extension that waits, or the newer access that follows it. */
export const followerText = ({ request, grant }: Subject, isForHolder = false): Text => {
  if (request.state === 'pending') return ['Its extension waits for a decision until ', { time: request.decideBy }, '.']
  if (grant?.state !== 'active') return ['Its extension is approved and being set up.']
  const until: Text = ['A newer access follows it, until ', { time: grant.expiresAt }]
  return isForHolder ? [...until, '. Change to the token of that one.'] : [...until, '.']
}

/** For the readers of an extension: what became of the access before. */
export const extendedText = ({ grant }: Subject, named: Named): Text => {
  switch (grant?.state) {
    case 'active':
      return ['It extends an access that ends ', { time: grant.expiresAt }, '.']
    case 'ended':
      return ['It extends an access that ended ', { time: grant.at }, ': ', ...endedBecause(grant, named), '.']
    default:
      return ['It extends an access that is ending.']
  }
}
