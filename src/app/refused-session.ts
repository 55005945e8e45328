import type { Refusal } from '../domain/refusal.ts'
import { refuse } from '../domain/refusal.ts'
import type { Session } from '../domain/session.ts'
import { seconds } from '../domain/time.ts'
import type { Deps } from './deps.ts'

const hour = seconds(3600)

/**
 * Audits what a session was refused. Its person is named, but is not the actor: a copied token or a replayed proof is
 * somebody else's doing. Each session has its own limit of rows.
 */
export const refusedSession = async (
  { store, clock, settings }: Pick<Deps, 'store' | 'clock' | 'settings'>,
  { id, person, kind }: Pick<Session, 'id' | 'person' | 'kind'>,
  refusal: Refusal,
): Promise<{ ok: false; refusal: Refusal }> => {
  const why = 'why' in refusal ? { why: String(refusal.why) } : {}
  const event = {
    ...{ at: clock.now(), kind: 'session-refused' as const },
    actor: { kind: 'stranger', platform: 'session', tenant: kind, subject: id } as const,
    detail: { session: id, person, code: refusal.code, ...why },
  }
  await (settings.limits
    ? store.recordRefusal(event, { most: settings.limits.refusalsAnHour, per: hour })
    : store.audit([event]))
  return refuse(refusal)
}
