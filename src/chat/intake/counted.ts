import type { Log } from '../../app/deps.ts'
import { after, seconds } from '../../domain/time.ts'
import type { Clock } from '../../ports.ts'

/** Reports a delivery that was not accepted, with the reason. */
export type Counted = (why: string) => void

const pause = seconds(60)

/**
 * Logs the first one, then one line per minute with their number. A flood of wrong deliveries must not flood the log.
 */
export const counted = (
  log: Pick<Log, 'warn'>,
  { now, sleep }: Clock,
  stopping: AbortSignal,
  message: string,
): Counted => {
  let counts = new Map<string, number>()
  let isQuiet = false
  const say = (): boolean => {
    if (counts.size === 0) return false
    log.warn(Object.fromEntries(counts), message)
    counts = new Map()
    return true
  }
  const keepQuiet = async (): Promise<void> => {
    isQuiet = true
    do await sleep(after(now(), pause), stopping)
    while (say())
    isQuiet = false
  }
  return (why) => {
    counts.set(why, (counts.get(why) ?? 0) + 1)
    if (isQuiet) return
    say()
    void keepQuiet()
  }
}
