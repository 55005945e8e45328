import type { Log } from '../../app/deps.ts'
import { after, seconds } from '../../domain/time.ts'
import type { Clock } from '../../ports.ts'

/** Says that a delivery was not taken, and why. */
export type Counted = (why: string) => void

const pause = seconds(60)

/**
 * One line for the first, then one a minute with how many there were: whoever sends a thousand wrong deliveries must not
 * write a thousand lines.
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
