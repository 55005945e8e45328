import { type Clock, ExternalError } from '../../../ports.ts'

/** Answers of the connector that are remembered for a while. Who asks at the same time shares one call. */
export type AskedOnce<Of, Answer> = {
  of(thing: Of): Promise<Answer>
  /** The next question about it is a call again. */
  forget(thing: Of): void
}

type How<Of, Answer> = {
  readonly ask: (thing: Of) => Promise<Answer>
  readonly keyOf: (thing: Of) => string
  readonly clock: Pick<Clock, 'now'>
  /** For how long an answer is good, in milliseconds. */
  readonly lasting: number
  /** The same for a permanent refusal, so that many cards that fail together ask once. */
  readonly refusedFor: number
}

const remembered = 10_000
type Known<Answer> = { readonly at: number; readonly lasting: number; readonly answer: Promise<Answer> }

export const askedOnce = <Of, Answer>(how: How<Of, Answer>): AskedOnce<Of, Answer> => {
  const { ask, keyOf, clock, lasting, refusedFor } = how
  const known = new Map<string, Known<Answer>>()
  return {
    of: (thing) => {
      const key = keyOf(thing)
      const earlier = known.get(key)
      if (earlier && clock.now() - earlier.at < earlier.lasting) return earlier.answer
      const answer = ask(thing)
      if (known.size >= remembered) known.clear()
      const note = { at: clock.now(), lasting, answer }
      known.set(key, note)
      answer.catch((error: unknown) => {
        if (known.get(key) !== note) return
        // A transient failure is retried at once.
        if (error instanceof ExternalError && !error.transient) {
          known.set(key, { at: clock.now(), lasting: refusedFor, answer })
        } else known.delete(key)
      })
      return answer
    },
    forget: (thing) => void known.delete(keyOf(thing)),
  }
}
