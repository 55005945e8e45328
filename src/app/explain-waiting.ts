import type { IntegrationId } from '../domain/ids.ts'
import type { Deps } from './deps.ts'
import type { Health } from './health.ts'
import { recordStep } from './record-step.ts'

/**
 * While nobody tries for them, as their vault is away, the cards of waiting grants still say what is wrong now and since
 * when, and owners hear of each early end that waits. A look at the rows, not an answer to the outage's beginning: what
 * is asked for in that very moment is found by the next look.
 */
export const explainWaiting = (deps: Deps, health: Health, integration: IntegrationId) => async (): Promise<void> => {
  const trouble = health.trouble(integration)
  if (!trouble) return
  const waiting = await deps.store.unexplained(integration, trouble.code)
  const took = { kind: 'must-wait', since: trouble.since, code: trouble.code } as const
  await Promise.all(waiting.map((grant) => recordStep(deps, grant, { took })))
  if (waiting.length > 0) deps.nudge()
}
