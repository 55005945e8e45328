import type { AccessRequest } from './access-request.ts'
import type { AuditEvent } from './audit-event.ts'
import type { Item } from './resource.ts'
import type { Requirement } from './routing.ts'

/** An audit row about a request. */
export const requestEvent = (
  { id, integration }: Pick<AccessRequest, 'id' | 'integration'>,
  kind: AuditEvent['kind'],
  actor: AuditEvent['actor'],
  at: AuditEvent['at'],
  detail: AuditEvent['detail'],
): AuditEvent => ({ at, kind, actor, integration, request: id, detail })

/** Items as an audit row names them; several as JSON, because a path may contain any separator. */
export const itemsText = (items: readonly Item[]): string => {
  const texts = items.map(({ permission, path }) => `${permission} ${path}`)
  return texts.length === 1 ? texts.join() : JSON.stringify(texts)
}

/** The asked owners and the rule that chose them, as an audit row names them. */
export const ownersText = (requirements: readonly Requirement[]): string =>
  requirements.map(({ owners, by }) => `${owners.join('|')} (${by})`).join(', ')

/** The most people named in one audit row; counts are always complete. */
export const mostNamed = 100
