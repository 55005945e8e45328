import type { IntegrationId } from '../domain/ids.ts'
import type { Deps } from './deps.ts'
import type { Health } from './health.ts'
import { recordStep } from './record-step.ts'

/**
 * Explains the wait while a vault is away and no step is tried. It updates the cards of waiting grants, and alerts
 * owners of waiting early ends. It searches the rows, so the next run also finds an end that was requested at that very
 * moment.
 */
export const explainWaiting = (deps: Deps, health: Health, integration: IntegrationId) => async (): Promise<void> => {
  const trouble = health.trouble(integration)
  if (!trouble) return
  const waiting = await deps.store.unexplained(integration, trouble.code)
  const took = { kind: 'must-wait', since: trouble.since, code: trouble.code } as const
  await Promise.all(waiting.map((grant) => recordStep(deps, grant, { took })))
  if (waiting.length > 0) deps.nudge()
}
