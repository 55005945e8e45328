import type { AccessRequest } from '../domain/access-request.ts'
import { type Bar, barOf } from '../domain/eligibility.ts'
import type { Grant } from '../domain/grant.ts'
import type { Refusal } from '../domain/refusal.ts'
import type { Item } from '../domain/resource.ts'
import type { Connector } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'

type Asked = Pick<AccessRequest, 'requester' | 'integration' | 'items'>

/**
 * Why the requester may not have what was asked for, as directory and configuration are now; `undefined` when they may.
 * Asks nobody outside, so that it can be called at every moment that gives something. An integration that is not
 * configured has no rules to ask.
 */
export const barTo = (
  deps: Pick<Deps, 'integrations' | 'directory'>,
  { requester, integration: id, items }: Asked,
): Bar | undefined => {
  const isKnown = deps.directory.find(requester) !== undefined
  const entry = deps.integrations.get(id)
  if (!entry) return isKnown ? undefined : { code: 'requester-gone' }
  const { integration, connector } = entry
  const notOffered = items.find((item) => isLeftOut(connector, item))?.path
  return barOf({ person: requester, isKnown, integration, membersOf: membersOf(deps), notOffered })
}

/** Whether the configuration leaves it out: its mount, or `include` and `exclude`. */
const isLeftOut = (connector: Connector, item: Item): boolean => {
  const plan = connector.plan([item])
  return !plan.ok && (plan.refusal.code === 'not-offered' || plan.refusal.code === 'no-such-resource')
}

/** Whether the requester may have the access now. */
export const mayHold = (deps: Pick<Deps, 'integrations' | 'directory'>, asked: Asked, grant?: Grant): boolean =>
  barTo(deps, asked) === undefined && !isDeactivated(grant)

/** Whether the holder's chat account was found deactivated: only the chat can tell otherwise. */
export const isDeactivated = (grant: Grant | undefined): boolean => grant?.lapse?.why === 'account-deactivated'

/** The same no, in the words for the requester. */
export const barToRequester = (bar: Bar): Refusal =>
  bar.code === 'requester-removed' ? { code: 'not-a-requester', integration: bar.integration } : bar
