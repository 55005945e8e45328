import type { GrantId, PersonId } from '../domain/ids.ts'
import type { Run } from '../domain/pipeline.ts'
import type { Outcome } from '../domain/refusal.ts'
import type { Seconds } from '../domain/time.ts'
import type { Loaded } from '../ports.ts'
import type { Deps } from './deps.ts'
import { submitRequest } from './submit-request.ts'

/** A wish for more time. `draft` identifies one opened form or call: sending it twice makes one request. */
export type Extension = {
  readonly duration: Seconds
  readonly reason: string
  readonly draft: string
  readonly run?: Run | undefined
}

/**
 * Files a request that follows a live grant: for the same items, with a fresh credential, decided anew. It starts when
 * it is approved. The grant keeps its end, so that both may overlap.
 */
export const extendGrant = (deps: Deps) => {
  const submit = submitRequest(deps)
  return (grant: GrantId, by: PersonId, { duration, reason, draft, run }: Extension): Promise<Outcome<Loaded>> =>
    submit({ requester: by, draft, extends: grant, duration, reason, run })
}
