import { backoff } from '../domain/backoff.ts'
import { messageOf } from '../domain/message-of.ts'
import { after, type Seconds, seconds, type Timestamp } from '../domain/time.ts'
import type { AuditHead } from '../ports.ts'
import type { Deps } from './deps.ts'
import { leaseOf } from './lease.ts'

export type HeadKeeper = {
  stop(): Promise<void>
  /** Since when the outside place refuses the head, and its message; absent while it accepts. */
  trouble(): HeadTrouble | undefined
}
export type HeadTrouble = { readonly since: Timestamp; readonly problem: string }

type Options = {
  readonly every: Seconds
  /** The outside place that keeps the head; a failure is retried sooner. */
  readonly post?: (head: AuditHead, signal: AbortSignal) => Promise<void>
}

/**
 * Publishes the head of the audit log in the program's log and, if configured, outside. An attacker on the database
 * cannot change it there.
 */
export const startHeadKeeper = (
  { store, clock, log }: Pick<Deps, 'store' | 'clock' | 'log'>,
  { every, post }: Options,
): HeadKeeper => {
  const stopping = new AbortController()
  let trouble: HeadTrouble | undefined
  const failed = (error: unknown, message: string): void => {
    const problem = messageOf(error)
    if (trouble?.problem !== problem) log.warn({ problem }, message)
    trouble = { since: trouble?.since ?? clock.now(), problem }
  }
  const lease = leaseOf({ store, clock }, 'audit head', seconds(Math.max(60, 2 * every)))
  const publish = async (): Promise<void> => {
    let head: AuditHead | undefined
    for (let tries = 1; !stopping.signal.aborted; tries += 1) {
      try {
        if (head === undefined) {
          head = await store.auditHead()
          log.info(head, 'audit head')
        }
        if (!post || !(await lease.hold())) return // each process logs the head, and one posts it
        await post(head, stopping.signal)
        if (trouble) log.info({}, 'the audit head is sent again')
        trouble = undefined
        return
      } catch (error) {
        if (stopping.signal.aborted) return
        failed(error, head ? 'the audit head could not be sent' : 'the audit head could not be read')
        await clock.sleep(after(clock.now(), backoff(tries + 2)), stopping.signal)
      }
    }
  }
  const loop = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await publish()
      await clock.sleep(after(clock.now(), every), stopping.signal)
    }
  }
  const running = loop()
  return {
    trouble: () => trouble,
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}
