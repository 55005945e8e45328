import { type Bar, barOf } from '../domain/eligibility.ts'
import type { Grant } from '../domain/grant.ts'
import type { Refusal } from '../domain/refusal.ts'
import { givenOf } from '../domain/request-items.ts'
import type { Item } from '../domain/resource.ts'
import type { Workload } from '../domain/workload.ts'
import type { Connector, Loaded } from '../ports.ts'
import { type Deps, membersOf } from './deps.ts'

/**
 * Why the requester may not have these items, by today's directory and configuration; `undefined` when they may. By
 * default these are the given items, or those that nobody denied. It makes no call, so that every moment that gives
 * something can use it. An integration that is not configured has no rules.
 */
export const barTo = (
  deps: Pick<Deps, 'integrations' | 'directory'>,
  loaded: Loaded,
  items: readonly Item[] = givenOf(loaded),
): Bar | undefined => {
  const { requester, integration: id, workload } = loaded.request
  const isKnown = deps.directory.find(requester) !== undefined
  const entry = deps.integrations.get(id)
  if (!entry) return isKnown ? undefined : { code: 'requester-gone' }
  const { integration, connector } = entry
  const notOffered = items.find((item) => isLeftOut(connector, item, workload))?.path
  return barOf({ person: requester, isKnown, integration, membersOf: membersOf(deps), notOffered })
}

/** Whether the configuration excludes the item by its mount, `include` or `exclude`, no policy to lend gives it, or it no longer offers its workload. */
const isLeftOut = (connector: Connector, item: Item, workload: Workload | undefined): boolean => {
  const plan = connector.plan([item], workload)
  return !plan.ok && leftOut.has(plan.refusal.code)
}

const leftOut: ReadonlySet<Refusal['code']> = new Set([
  'not-offered',
  'not-lent',
  'no-such-resource',
  'workload-refused',
])

/** Whether the requester may have the access now. */
export const mayHold = (deps: Pick<Deps, 'integrations' | 'directory'>, loaded: Loaded): boolean =>
  barTo(deps, loaded) === undefined && !isDeactivated(loaded.grant)

/** Whether the chat reported the holder's account as deactivated; only the chat can revoke that. */
export const isDeactivated = (grant: Grant | undefined): boolean => grant?.lapse?.why === 'account-deactivated'

/** The same refusal, in words for the requester. */
export const barToRequester = (bar: Bar): Refusal =>
  bar.code === 'requester-removed' ? { code: 'not-a-requester', integration: bar.integration } : bar
