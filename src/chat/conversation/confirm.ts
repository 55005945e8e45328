import type { Decidable } from '../../app/decide-request.ts'
import { nameOf } from '../../app/deps.ts'
import type { GrantId, PersonId, RequestId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal } from '../../domain/refusal.ts'
import type { Seconds } from '../../domain/time.ts'
import { noteFault } from '../../domain/written.ts'
import type { Loaded } from '../../ports.ts'
import { asOf } from '../../views/answers.ts'
import { confirmForm } from '../../views/confirm-form.ts'
import { bare, doneText, refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import type { ButtonCommand, ChangeCommand, FormCommand, FormView } from '../../views/view-model.ts'
import { type Conversation, unheard } from './conversation.ts'
import { type FieldValues, placed, readLength, readNote } from './fields.ts'
import { answerWhenEnded } from './later-answer.ts'
import type { FormAnswer, Say } from './port.ts'
import type { Admitted, Work } from './turn.ts'

/** The subject of a change. */
export const aboutOf = (command: { request: RequestId } | { grant: GrantId }) =>
  'request' in command ? { request: command.request } : { grant: command.grant }

/** The subject of a button; one that is about no request has none. */
export const aboutButton = (command: ButtonCommand) =>
  'request' in command || 'grant' in command ? aboutOf(command) : undefined

/** The grant that a command gives back. */
export const givenBack = (command: ButtonCommand): GrantId | undefined =>
  command.do === 'give-back' ? command.grant : undefined

/**
 * Opens the dialog that asks for confirmation, with our own text. An impossible change is refused without a dialog. Who
 * revokes their own access gives it back.
 */
export const askFirst = async (
  conversation: Conversation,
  change: ChangeCommand,
  { person }: Pick<Admitted, 'person'>,
  isListed: boolean,
): Promise<Outcome<FormView>> => {
  const subject = await possible(conversation, change, person.id)
  if (!subject.ok) return subject
  const isOwn = subject.value.request.requester === person.id
  const meant = change.do === 'revoke' && isOwn ? ({ do: 'give-back', grant: change.grant } as const) : change
  return accept(confirmForm(meant, subject.value, { nameOf: nameOf(conversation) }, isListed))
}

const possible = (
  { useCases }: Conversation,
  change: ChangeCommand,
  by: PersonId,
): Promise<Outcome<Loaded | Decidable>> => {
  switch (change.do) {
    case 'approve':
    case 'deny':
      return useCases.mayDecide(change.request, by, change.do)
    case 'cancel':
      return useCases.mayCancel(change.request, by)
    case 'remind':
      return useCases.mayRemind(change.request, by)
    case 'revoke':
    case 'give-back':
      return useCases.mayEnd(change.grant, by)
    case 'it-was-me':
      return useCases.mayExplain(change, by)
    default:
      return change satisfies never
  }
}

/** The answers beside a private list; `later` is for how long they may follow. `redraw` makes the form again. */
type Beside = {
  readonly say: Say
  readonly later?: Seconds | undefined
  readonly redraw: () => Promise<FormView | undefined>
}

const isEnd = (change: ChangeCommand): change is ChangeCommand & { do: 'revoke' | 'give-back' } =>
  change.do === 'revoke' || change.do === 'give-back'

/** Checks the fields at once. The change itself, which may need a vault, comes after the dialog has closed. */
export const confirmed = (
  conversation: Conversation,
  { change, isListed, seen }: FormCommand & { form: 'confirm' },
  fields: FieldValues,
  answer: (answer: FormAnswer) => Promise<unknown>,
  { say, later, redraw }: Beside,
): Work => {
  const written = { note: readNote(fields), duration: readLength(fields) }
  return {
    prepare: async () => {
      const faults = {
        note: noteFault(written.note, { needed: change.do === 'deny' || change.do === 'revoke' }),
        duration: await lengthFault(conversation, change, written),
      }
      const sentences = Object.entries(faults).flatMap(([name, fault]) =>
        fault ? [[name, plainText(refusalSentence(fault))]] : [],
      )
      const errors = placed(fields, Object.fromEntries(sentences))
      await answer(errors.length > 0 ? { kind: 'errors', errors, redraw } : { kind: 'close' })
      return accept(errors.length > 0 ? 'done' : 'go-on')
    },
    act: async (caller) => {
      const outcome = await make(conversation, { change, seen }, caller, written)
      if (!outcome.ok) return { refusal: outcome.refusal, ...aboutOf(change) }
      const text = doneText[change.do]
      const view = text && asOf(bare([text]), conversation.clock.now())
      // An updated card answers by itself; a private list does not.
      if (isListed && view) await say(view).catch(unheard(conversation))
      if (isListed && later !== undefined && isEnd(change)) answerWhenEnded(conversation, change.grant, say, later)
      return undefined
    },
  }
}

type Written = { readonly note: string; readonly duration: Seconds | undefined }

const lengthFault = async (
  { useCases }: Conversation,
  change: ChangeCommand,
  { duration }: Written,
): Promise<Refusal | undefined> =>
  change.do === 'approve' && duration !== undefined ? useCases.mayApproveFor(change.request, duration) : undefined

const make = (
  { useCases }: Conversation,
  { change, seen: shown }: Pick<FormCommand & { form: 'confirm' }, 'change' | 'seen'>,
  { person }: Admitted,
  { note, duration }: Written,
): Promise<Outcome<unknown>> => {
  const by = person.id
  const seen = shown ? { seen: shown } : {}
  switch (change.do) {
    case 'approve':
      return useCases.decideRequest(change.request, {
        ...{ by, verdict: 'approve', ...seen },
        ...(note !== '' && { note }),
        ...(duration !== undefined && { duration }),
      })
    case 'deny':
      return useCases.decideRequest(change.request, { by, verdict: 'deny', ...seen, note })
    case 'cancel':
      return useCases.cancelRequest(change.request, by)
    case 'remind':
      return useCases.remindOwners(change.request, by)
    case 'revoke':
    case 'give-back':
      return useCases.revokeGrant(change.grant, by, note)
    case 'it-was-me':
      return useCases.explainAlarm(change, by)
    default:
      return change satisfies never
  }
}
