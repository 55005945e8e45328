import { type FaultKind, triggerMethod } from './faults.ts'
import { SlackError } from './slack-error.ts'
import type { Ids } from './workspace.ts'

/** A trigger id is valid this long, and once. */
const triggerLifeMilliseconds = 3000

type Trigger = { userId: string; createdAt: number; isUsed: boolean }

/** Creates trigger ids and redeems them. */
export type Triggers = {
  create(userId: string): string
  /** The person who caused the trigger; throws Slack's refusal when it is unknown, old or used. */
  exchange(id: string): string
}

/** Trigger ids that use the given clock. */
export function createTriggers(
  now: () => number,
  ids: Ids,
  takeFault: (method: string) => FaultKind | undefined,
): Triggers {
  const triggers = new Map<string, Trigger>()
  return {
    create(userId) {
      const age = takeFault(triggerMethod) === undefined ? 0 : triggerLifeMilliseconds + 1
      const id = `${triggers.size + 1}.${Math.floor(now() / 1000)}.${ids.secret()}`
      triggers.set(id, { userId, createdAt: now() - age, isUsed: false })
      return id
    },
    exchange(id) {
      const trigger = triggers.get(id)
      if (trigger === undefined) throw new SlackError('invalid_trigger_id')
      if (trigger.isUsed) throw new SlackError('exchanged_trigger_id')
      if (now() - trigger.createdAt > triggerLifeMilliseconds) throw new SlackError('expired_trigger_id')
      trigger.isUsed = true
      return trigger.userId
    },
  }
}
