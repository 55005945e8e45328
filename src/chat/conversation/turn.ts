import { randomBytes } from 'node:crypto'
import { byPerson } from '../../domain/audit-event.ts'
import type { Identity } from '../../domain/card.ts'
import type { GrantId, IntegrationId, RequestId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal } from '../../domain/refusal.ts'
import { ExternalError, type Person } from '../../ports.ts'
import { bugView, refusalView } from '../../views/copy.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Admission } from './admission.ts'
import { type Conversation, unheard } from './conversation.ts'
import type { Sender } from './port.ts'

/** Whoever acted, known to the directory. */
export type Caller = { readonly person: Person; readonly identity: Identity }

declare const admitted: unique symbol
/** A caller whose account was looked at as the turn's admission says. Only `takeTurn` makes one. */
export type Admitted = Caller & { readonly [admitted]: true }

/** What an act was about, for the audit. */
export type About = {
  readonly integration?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
}

/** A refusal, and what it was about. */
export type Refused = About & { readonly refusal: Refusal }

/** One thing that somebody did. */
export type Turn = {
  readonly sender: Sender
  /** Tells that person alone. The refusal is given as well, for a form that shows it beside its field. */
  readonly answer: (view: MessageView, refusal?: Refusal) => Promise<unknown>
  readonly about?: About
}

/** What a turn does. */
export type Work = {
  /** Comes before the account is looked at, so it changes nothing. `done` ends the turn. */
  readonly prepare?: (caller: Caller) => Promise<Outcome<'go-on' | 'done'>>
  readonly act: (caller: Admitted) => Promise<Refused | undefined>
  /** Takes back what `prepare` showed. */
  readonly undo?: (refusal: Refusal) => Promise<unknown>
}

/**
 * Runs one turn: identify, prepare, admit, act. A refusal goes to the actor alone and to the audit. A platform that does
 * not answer is a refusal too. Anything else is a bug: the actor sees a reference, and the log has the rest.
 */
export const takeTurn = async (
  conversation: Conversation,
  turn: Turn,
  admission: Admission,
  work: Work,
): Promise<void> => {
  const running = run(conversation, turn, admission, work)
  conversation.turns.add(running)
  try {
    await running
  } finally {
    conversation.turns.delete(running)
  }
}

const run = async (conversation: Conversation, turn: Turn, admission: Admission, work: Work): Promise<void> => {
  const { useCases, log, label } = conversation
  const { sender } = turn
  try {
    const caller = await identified(conversation, sender, admission)
    // Before the act: its cards may have to be posted to this person.
    if (caller.ok && sender.reference) await useCases.keepConversation(sender.identity, sender.reference)
    const refused = caller.ok
      ? await steps(conversation, turn, admission, work, caller.value).catch(platformTrouble(conversation))
      : { refusal: caller.refusal }
    if (!refused) return
    const { refusal, ...about } = refused
    const actor = caller.ok ? byPerson(caller.value.person.id) : ({ kind: 'stranger', ...sender.identity } as const)
    await useCases.recordRefusal(actor, refusal, about) // before the answer, which the platform may not take
    await turn.answer(refusalView(refusal), refusal).catch(unheard(conversation))
  } catch (error) {
    const reference = randomBytes(2).toString('hex').toUpperCase()
    const failure = error instanceof Error ? error.stack : String(error)
    log.error({ reference, failure }, `a ${label} delivery failed`)
    await turn.answer(bugView(reference)).catch(() => log.warn({ reference }, 'the failure could not be told'))
  }
}

/** Whoever gives a grant back may have left the directory: then it is the person for whom its cards were. */
const identified = async (
  { useCases }: Conversation,
  { identity, objection }: Sender,
  admission: Admission,
): Promise<Outcome<Caller>> => {
  if (objection) return { ok: false, refusal: objection }
  const found = await useCases.identify(identity)
  if (found.ok) return accept({ person: found.value, identity })
  const former = typeof admission === 'object' && (await useCases.formerHolder(admission.givesBack, identity))
  return former ? accept({ person: former, identity }) : found
}

const steps = async (
  conversation: Conversation,
  { about }: Turn,
  admission: Admission,
  { prepare, act, undo }: Work,
  caller: Caller,
): Promise<Refused | undefined> => {
  const prepared = prepare ? await prepare(caller) : accept('go-on' as const)
  if (!prepared.ok) return { ...about, refusal: prepared.refusal }
  if (prepared.value === 'done') return undefined
  const outcome = await lookedAt(conversation, admission, caller)
  if (outcome.ok) return act(outcome.value)
  if (undo) await undo(outcome.refusal).catch(unheard(conversation))
  return { ...about, refusal: outcome.refusal }
}

const lookedAt = async ({ admits }: Conversation, admission: Admission, caller: Caller): Promise<Outcome<Admitted>> => {
  const yes = accept(caller as Admitted)
  if (typeof admission === 'object') return yes
  try {
    const said = await admits(caller.identity, admission === 'fresh' ? 'fresh' : 'minute')
    return said.ok ? yes : said
  } catch (error) {
    if (error instanceof ExternalError && admission === 'minute-unless-silent') return yes
    throw error
  }
}

/** What the platform itself did not let us do in time can be tried again. */
const platformTrouble =
  ({ log, label }: Conversation) =>
  (error: unknown): Refused => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, `${label} did not answer as needed`)
    return { refusal: { code: 'try-again' } }
  }
