/** Remembers recent envelopes, so that each acts once even if two lines bring it. */
export type Envelopes = {
  /** The answer to this envelope, from work that starts now or started at its first arrival. */
  answerTo(id: string, work: () => Promise<unknown>): Promise<unknown>
}

/** The number of remembered envelopes: a duplicate arrives within seconds. */
const most = 1_000

/** Starts with an empty memory. */
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
