import { system } from '../domain/audit-event.ts'
import { seconds } from '../domain/time.ts'
import type { Directory } from '../ports.ts'
import { askOwnersOfToday } from './ask-others.ts'
import { noticeTo } from './cards-for.ts'
import { checkHolders } from './check-holders.ts'
import type { Deps } from './deps.ts'

/** The result of reading the directory's source again. */
export type Reloaded =
  | { readonly kind: 'same' }
  /** `before` is the previous directory. */
  | { readonly kind: 'loaded'; readonly hash: string; readonly before: Directory }
  | { readonly kind: 'rejected'; readonly problem: string }

/**
 * Reads the directory's source again, checks who holds access by it, and asks the new owners of pending requests. An
 * invalid source changes nothing, and the integrations' owners are told.
 */
export const reloadDirectory = (deps: Deps, source: { reload(): Promise<Reloaded> }) => async (): Promise<void> => {
  const outcome = await source.reload()
  if (outcome.kind === 'same') return
  const at = deps.clock.now()
  if (outcome.kind === 'loaded') {
    await deps.store.audit([{ at, kind: 'directory-loaded', actor: system, detail: { hash: outcome.hash } }])
    deps.log.info({ hash: outcome.hash }, 'directory loaded')
    await checkHolders(deps)({ isChanged: true, before: outcome.before })
    return askOwnersOfToday(deps)(outcome.before)
  }
  const { problem } = outcome
  deps.log.error({ problem }, 'directory rejected, the last valid one stays')
  // Every process reads the file, but only one reports it.
  if (!(await deps.store.lease(`directory-rejected ${deps.hash(problem)}`, seconds(3600)))) return
  const owners = [...deps.integrations.values()].flatMap(({ integration }) => integration.owners)
  const rejected = {
    at,
    kind: 'directory-rejected',
    actor: system,
    detail: { problem: problem.slice(0, 500) },
  } as const
  await deps.store.audit([rejected], noticeTo(deps, owners, { about: 'directory-rejected', problem }))
  deps.nudge()
}
