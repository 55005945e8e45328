import type { Actor, AuditEvent } from '../domain/audit-event.ts'
import type { GrantId, IntegrationId, RequestId } from '../domain/ids.ts'
import type { Refusal } from '../domain/refusal.ts'
import { seconds } from '../domain/time.ts'
import { type Deps, refusalEvent } from './deps.ts'

type About = {
  readonly integration?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
  /** What the audit log says besides the code. */
  readonly detail?: AuditEvent['detail']
}

const hour = seconds(3600)

/** Audits a refusal that an actor saw. Beyond the limit it is only counted. */
export const recordRefusal =
  (deps: Deps) =>
  (actor: Actor, refusal: Refusal, about: About = {}): Promise<void> => {
    const event = refusalEvent(deps.clock.now(), actor, refusal.code, about)
    const { limits } = deps.settings
    return limits
      ? deps.store.recordRefusal(event, { most: limits.refusalsAnHour, per: hour })
      : deps.store.audit([event])
  }
