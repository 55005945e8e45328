import type { Identity } from '../../domain/card.ts'
import { cleanLine, cutEnd } from '../../domain/clean.ts'
import { accept, type Outcome, refuse } from '../../domain/refusal.ts'
import { after, type Seconds, seconds, type Timestamp } from '../../domain/time.ts'
import { ExternalError } from '../../ports.ts'
import type { ConversationDeps } from './port.ts'

/** What the platform says about an ordinary account: its name, where it tells one. */
export type Acquaintance = Outcome<string | undefined>

const remembered = 10_000
/** Absent `until`: the platform was asked and has not answered yet. */
type Entry = { readonly said: Promise<Acquaintance>; until?: Timestamp }

/** A name is good for an hour. A refusal may be mended soon, and a silent platform may answer sooner. */
const lasting = (said: Acquaintance): Seconds => {
  if (said.ok) return seconds(said.value === undefined ? 60 : 3600)
  return seconds(said.refusal.code === 'try-again' ? 5 : 60)
}

/**
 * Asks the platform about accounts that may request nothing: whether they are ordinary ones, and their name. Answers
 * are remembered, because anybody can type on, and the same calls admit everybody else.
 */
export const newAcquaintances = ({
  admits,
  fullName,
  clock,
}: Pick<ConversationDeps, 'admits' | 'fullName' | 'clock'>) => {
  const known = new Map<string, Entry>()
  const ask = async (identity: Identity): Promise<Acquaintance> => {
    const said = await admits(identity, 'minute').catch(silent)
    return said.ok ? accept(await nameOf(identity)) : said
  }
  const nameOf = async (identity: Identity): Promise<string | undefined> => {
    const name = await fullName?.(identity).catch((error: unknown) => {
      if (!(error instanceof ExternalError)) throw error
      return undefined
    })
    return cutEnd(cleanLine(name ?? ''), 80).trim() || undefined
  }
  return (identity: Identity): Promise<Acquaintance> => {
    const key = `${identity.tenant}/${identity.subject}`
    const earlier = known.get(key)
    if (earlier && clock.now() < (earlier.until ?? Number.POSITIVE_INFINITY)) return earlier.said
    const entry: Entry = { said: ask(identity) }
    known.delete(key) // re-inserted at the end, so that the first entry is the oldest
    known.set(key, entry)
    const [oldest] = known.keys()
    if (known.size > remembered && oldest !== undefined) known.delete(oldest)
    entry.said.then(
      (said) => {
        entry.until = after(clock.now(), lasting(said))
      },
      () => known.delete(key),
    )
    return entry.said
  }
}

const silent = (error: unknown): Acquaintance => {
  if (!(error instanceof ExternalError)) throw error
  return refuse({ code: 'try-again' })
}
