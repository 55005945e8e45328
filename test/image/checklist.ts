import { setTimeout as delay } from 'node:timers/promises'

/** Sentences that are true or not; all are tried, so that one run tells everything. */
export type Checklist = {
  /** What the check returns is shown behind its sentence; what it throws is why it failed. */
  that(sentence: string, check: () => Promise<string | undefined> | string | undefined): Promise<void>
  /** Prints how many held; answers with the exit code. */
  close(): number
}

export const checklist = (say: (line: string) => void): Checklist => {
  let passed = 0
  let failed = 0
  return {
    that: async (sentence, check) => {
      try {
        const detail = await check()
        passed += 1
        say(`  ok    ${sentence}${detail ? `: ${detail}` : ''}`)
      } catch (error) {
        failed += 1
        say(`  FAIL  ${sentence}:\n${error instanceof Error ? error.message : String(error)}`)
      }
    },
    close: () => {
      say(`${passed} passed, ${failed} failed`)
      return failed === 0 ? 0 : 1
    },
  }
}

/** Throws unless it is so. */
export const expect = (isSo: boolean, otherwise: string): void => {
  if (!isSo) throw new Error(otherwise)
}

/** Throws with the list unless it is empty. */
export const expectNone = (found: readonly string[], what: string): void =>
  expect(found.length === 0, `${what}:\n  ${found.slice(0, 20).join('\n  ')}`)

/** Resolves with what was found, or with `undefined` when the limit (milliseconds) is over. */
export const within = async <T>(limit: number, look: () => Promise<T | undefined>): Promise<T | undefined> => {
  const deadline = Date.now() + limit
  for (;;) {
    const seen = await look()
    if (seen !== undefined || Date.now() > deadline) return seen
    await delay(100)
  }
}
