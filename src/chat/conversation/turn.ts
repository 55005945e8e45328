import { randomBytes } from 'node:crypto'
import { byPerson } from '../../domain/audit-event.ts'
import type { Identity } from '../../domain/card.ts'
import type { GrantId, IntegrationId, RequestId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal } from '../../domain/refusal.ts'
import { ExternalError, type Person } from '../../ports.ts'
import { refusedAnswer } from '../../views/answers.ts'
import { bugView } from '../../views/copy.ts'
import type { MessageView } from '../../views/view-model.ts'
import type { Admission } from './admission.ts'
import { type Conversation, unheard } from './conversation.ts'
import { isNewcomers, newcomerAnswer } from './newcomer.ts'
import type { Sender } from './port.ts'

/** An actor whom the directory knows. */
export type Caller = { readonly person: Person; readonly identity: Identity }

declare const admitted: unique symbol
/** A caller whose account was checked as the turn's admission demands. Only `takeTurn` makes one. */
export type Admitted = Caller & { readonly [admitted]: true }

/** The subject of an action, for the audit. */
export type About = {
  readonly integration?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
}

/** A refusal and its subject. */
export type Refused = About & { readonly refusal: Refusal }

/** One action of a person. */
export type Turn = {
  readonly sender: Sender
  /** Tells only that person. A form also uses the refusal, to show it beside its field. */
  readonly answer: (view: MessageView, refusal?: Refusal) => Promise<unknown>
  readonly about?: About
  /** An ordinary account that may request nothing is told how to be let in. Forms cannot wait for the platform. */
  readonly introduces?: boolean
}

/** The work of a turn. */
export type Work = {
  /** Runs before the account is checked, so it changes nothing. `done` ends the turn. */
  readonly prepare?: (caller: Caller) => Promise<Outcome<'go-on' | 'done'>>
  readonly act: (caller: Admitted) => Promise<Refused | undefined>
  /** Acts for somebody whom the directory does not know, once the account was checked. */
  readonly stranger?: () => Promise<Refused | undefined>
  /** Removes what `prepare` showed. */
  readonly undo?: (refusal: Refusal) => Promise<unknown>
}

/**
 * Runs one turn: identify, prepare, admit, act. A refusal, or a silent platform, is told to the actor alone and
 * audited. Any other failure is a bug: the actor sees a reference, and the log has the details.
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
  const { useCases, clock, log, label } = conversation
  const { sender } = turn
  try {
    const caller = await identified(conversation, sender, admission)
    // Before the act, because its cards may go to this person.
    if (caller.ok && sender.reference) await useCases.keepConversation(sender.identity, sender.reference)
    const refused = caller.ok
      ? await steps(conversation, turn, admission, work, caller.value).catch(platformTrouble(conversation))
      : await strangers(conversation, turn, work, caller.refusal).catch(platformTrouble(conversation))
    if (!refused) return
    const { refusal: first, ...about } = refused
    const said = turn.introduces && isNewcomers(first) ? await conversation.acquaintance(sender.identity) : undefined
    const refusal = said?.ok === false ? said.refusal : first
    const actor = caller.ok ? byPerson(caller.value.person.id) : ({ kind: 'stranger', ...sender.identity } as const)
    await useCases.recordRefusal(actor, refusal, about) // before the answer, which the platform may refuse
    const person = caller.ok ? caller.value.person : undefined
    const view = said?.ok
      ? await newcomerAnswer(conversation, sender, person, said.value, refusal)
      : refusedAnswer(refusal, clock.now())
    await turn.answer(view, refusal).catch(unheard(conversation))
  } catch (error) {
    const reference = randomBytes(2).toString('hex').toUpperCase()
    const failure = error instanceof Error ? error.stack : String(error)
    log.error({ reference, failure }, `a ${label} delivery failed`)
    await turn.answer(bugView(reference)).catch(() => log.warn({ reference }, 'the failure could not be told'))
  }
}

/** Only what is meant for strangers is done for one, and only for an ordinary account. */
const strangers = async (
  { admits }: Conversation,
  { sender }: Turn,
  { stranger }: Work,
  refusal: Refusal,
): Promise<Refused | undefined> => {
  if (!stranger || refusal.code !== 'unknown-person') return { refusal }
  const said = await admits(sender.identity, 'fresh')
  return said.ok ? stranger() : { refusal: said.refusal }
}

/** A holder who gives a grant back may have left the directory; then the person of its cards is the holder. */
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

/** What the platform did not do in time can be tried again. */
const platformTrouble =
  ({ log, label }: Conversation) =>
  (error: unknown): Refused => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, `${label} did not answer as needed`)
    return { refusal: { code: 'try-again' } }
  }
