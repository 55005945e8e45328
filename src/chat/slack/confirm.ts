import { reasonLength } from '../../domain/access-request.ts'
import type { GrantId, PersonId } from '../../domain/ids.ts'
import { accept, type Outcome, type Refusal } from '../../domain/refusal.ts'
import type { Loaded } from '../../ports.ts'
import { confirmForm } from '../../views/confirm-form.ts'
import { bare, doneText, refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import type { ButtonCommand, ChangeCommand, FormCommand } from '../../views/view-model.ts'
import { readNote } from '../commands.ts'
import type { Origin } from './payload.ts'
import { metadataOf } from './request-form.ts'
import { nameOfIn, openModal, type Room, unheard, whisper } from './room.ts'
import { errorsIn, type Submission, valuesOf } from './submission.ts'
import type { No } from './turn.ts'

/** What a change is about, for the audit. */
export const aboutOf = (
  command: { request: Loaded['request']['id'] } | { grant: NonNullable<Loaded['grant']>['id'] },
) => ('request' in command ? { request: command.request } : { grant: command.grant })

/** The grant that a command gives back. */
export const givenBack = (command: ButtonCommand | undefined): GrantId | undefined =>
  command?.do === 'give-back' ? command.grant : undefined

/** Asks in a dialog, in our own words, before something is changed. What cannot be done is refused without asking. */
export const askFirst = async (
  room: Room,
  origin: Origin,
  change: ChangeCommand,
  by: PersonId,
  isListed: boolean,
): Promise<Outcome<unknown>> => {
  const subject = await possible(room, change, by)
  if (!subject.ok) return subject
  const context = { now: room.clock.now(), nameOf: nameOfIn(room) }
  return accept(await openModal(room, origin, confirmForm(change, subject.value, context, isListed)))
}

const possible = ({ useCases }: Room, change: ChangeCommand, by: PersonId): Promise<Outcome<Loaded>> => {
  switch (change.do) {
    case 'approve':
    case 'deny':
      return useCases.mayDecide(change.request, by, change.do)
    case 'cancel':
      return useCases.mayCancel(change.request, by)
    case 'revoke':
    case 'give-back':
      return useCases.mayEnd(change.grant, by)
    default:
      return change satisfies never
  }
}

/** The note is checked at once; the change, for which a vault may be asked, comes after the dialog has closed. */
export const confirmed = async (
  room: Room,
  { change, isListed }: FormCommand & { form: 'confirm' },
  { view, answer, caller }: Submission,
): Promise<No | undefined> => {
  const note = readNote(valuesOf(view))
  const fault = noteFault(change, note)
  if (fault) {
    await answer(errorsIn(view, { note: plainText(refusalSentence(fault)) }))
    return undefined
  }
  await answer()
  const admitted = givenBack(change) ? accept(undefined) : await room.admits(caller.identity, 'fresh')
  const outcome = admitted.ok ? await make(room, change, caller.person.id, note) : admitted
  if (!outcome.ok) return { refusal: outcome.refusal, ...aboutOf(change) }
  const text = doneText[change.do]
  // A card that is kept up to date answers by itself; a list that only its reader sees does not.
  if (!isListed || !text) return undefined
  const where = { conversation: metadataOf(view).conversation, user: caller.identity.subject }
  await whisper(room, where, bare([text])).catch(unheard(room))
  return undefined
}

const noteFault = (change: ChangeCommand, note: string): Refusal | undefined => {
  if (change.do === 'deny' && note.length < reasonLength.min) return { code: 'note-required' }
  return note.length > reasonLength.max ? { code: 'reason-too-long', atMost: reasonLength.max } : undefined
}

const make = ({ useCases }: Room, change: ChangeCommand, by: PersonId, note: string): Promise<Outcome<unknown>> => {
  switch (change.do) {
    case 'approve':
      return useCases.decideRequest(change.request, { by, verdict: 'approve', ...(note !== '' && { note }) })
    case 'deny':
      return useCases.decideRequest(change.request, { by, verdict: 'deny', note })
    case 'cancel':
      return useCases.cancelRequest(change.request, by)
    case 'revoke':
    case 'give-back':
      return useCases.revokeGrant(change.grant, by)
    default:
      return change satisfies never
  }
}
