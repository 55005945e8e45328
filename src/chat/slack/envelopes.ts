/** Remembers the envelopes of late, so that each acts once although two lines may bring it. */
export type Envelopes = {
  /** The answer to this envelope: of the work that is begun now, or was begun when it came first. */
  answerTo(id: string, work: () => Promise<unknown>): Promise<unknown>
}

/** How many are remembered: what comes twice comes within seconds. */
const most = 1_000

/** Remembers nothing yet. */
export const newEnvelopes = (): Envelopes => {
  const answers = new Map<string, Promise<unknown>>()
  return {
    answerTo: (id, work) => {
      const known = answers.get(id)
      if (known) return known
      const answer = work()
      answers.set(id, answer)
      for (const old of answers.keys()) {
        if (answers.size <= most) break
        answers.delete(old)
      }
      return answer
    },
  }
}
