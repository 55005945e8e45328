import { randomBytes } from 'node:crypto'
import { byPerson } from '../../domain/audit-event.ts'
import type { GrantId, IntegrationId, RequestId } from '../../domain/ids.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { ExternalError } from '../../ports.ts'
import { bugView, refusalView } from '../../views/copy.ts'
import type { MessageView } from '../../views/view-model.ts'
import { type Caller, callerOf, identityOf } from './identity.ts'
import type { Origin } from './payload.ts'
import { type Room, unheard } from './room.ts'
import type { SlackDeps } from './settings.ts'

/** A "no" and what it was about. */
export type No = {
  readonly refusal: Refusal
  readonly integration?: IntegrationId
  readonly request?: RequestId
  readonly grant?: GrantId
}

/** One delivery of somebody: where it came from, and how to answer that person alone. */
export type Turn<Input> = {
  readonly read: () => Input & { readonly origin: Origin }
  readonly answer: (view: MessageView, refusal?: Refusal) => Promise<unknown>
  /** The grant that is given back, if it is about that: its holder may always do so. */
  readonly givesBack?: (input: Input) => GrantId | undefined
}

/**
 * Runs one delivery: parse, call, reply. A refusal goes to the actor alone and to the audit; Slack being slow is a
 * refusal too; anything else is a bug, of which the actor sees a reference and the log the rest.
 */
export const takeTurn = async <Input>(room: Room, turn: Turn<Input>, work: Work<Input>): Promise<void> => {
  const running = handle(room, turn, work)
  room.turns.add(running)
  try {
    await running
  } finally {
    room.turns.delete(running)
  }
}

type Work<Input> = (input: Input & { readonly origin: Origin }, caller: Caller) => Promise<No | undefined>

const handle = async <Input>(deps: SlackDeps, turn: Turn<Input>, work: Work<Input>): Promise<void> => {
  try {
    const input = turn.read()
    const caller = await callerOf(deps, input.origin, turn.givesBack?.(input))
    const no = caller.ok ? await work(input, caller.value).catch(slackTrouble(deps)) : caller
    if (!no || ('ok' in no && no.ok)) return
    const { refusal, ...about } = 'ok' in no ? { refusal: no.refusal } : no
    const actor = caller.ok
      ? byPerson(caller.value.person.id)
      : ({ kind: 'stranger', ...identityOf(input.origin) } as const)
    await deps.useCases.recordRefusal(actor, refusal, about) // before the answer, which Slack may not take
    await turn.answer(refusalView(refusal), refusal).catch(unheard(deps))
  } catch (error) {
    const reference = randomBytes(2).toString('hex').toUpperCase()
    deps.log.error(
      { reference, failure: error instanceof Error ? error.stack : String(error) },
      'a Slack delivery failed',
    )
    await turn.answer(bugView(reference)).catch(() => deps.log.warn({ reference }, 'the failure could not be told'))
  }
}

/** What Slack itself did not let us do in time can be tried again. */
const slackTrouble =
  ({ log }: SlackDeps) =>
  (error: unknown): No => {
    if (!(error instanceof ExternalError)) throw error
    log.warn({ code: error.code, detail: error.message }, 'Slack did not answer as needed')
    return { refusal: { code: 'try-again' } }
  }
