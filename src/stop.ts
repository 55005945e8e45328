import type { Deps } from './app/deps.ts'
import { after, type Seconds } from './domain/time.ts'

/** Ends parts in parallel and waits at most `patience`: a vault that hangs must not block the exit. */
export const endTogether = async (
  { clock, log }: Pick<Deps, 'clock' | 'log'>,
  patience: Seconds,
  parts: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> => {
  const left = new Set(Object.keys(parts))
  const ending = Object.entries(parts).map(async ([name, end]) => {
    await end().catch((error: unknown) =>
      log.error({ part: name, error: String(error) }, 'a part did not end in order'),
    )
    left.delete(name)
  })
  const done = new AbortController()
  await Promise.race([Promise.all(ending), clock.sleep(after(clock.now(), patience), done.signal)])
  done.abort()
  if (left.size > 0)
    log.warn({ parts: [...left].join(', ') }, 'some parts did not end in time; their claims are released')
}
