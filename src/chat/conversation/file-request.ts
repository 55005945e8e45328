import type { Wish } from '../../app/check-wish.ts'
import type { PersonId } from '../../domain/ids.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { notExtended, notFiled } from '../../views/answers.ts'
import { outdatedButtonView } from '../../views/copy.ts'
import { lookingForm, refusedForm } from '../../views/dialogs.ts'
import { missingFields, requestFormErrors } from '../../views/form-errors.ts'
import type { AskingCommand, CarriedLonger, CarriedWish, MessageView } from '../../views/view-model.ts'
import { complaint, type Filled } from './complaint.ts'
import type { Conversation } from './conversation.ts'
import { readExtension } from './extend.ts'
import { type FieldValues, readRequestForm, type Submitted } from './fields.ts'
import type { FormReply, Sender } from './port.ts'
import { formOfWish } from './request-form.ts'
import type { Work } from './turn.ts'

/** A submitted form that asks for access: its command, and how to answer it. */
export type Filing = {
  readonly command: AskingCommand
  readonly form: Filled
  readonly answer: FormReply['answer']
  readonly settle: FormReply['settle']
  /** Called once the vault is being asked: a refusal from then on is about this command, which holds the whole wish. */
  readonly waits: (again: AskingCommand) => void
}

/**
 * Checks and files within the acknowledgement, so that a mistake appears beside its field. Where the vault must be asked
 * about folders, the form is answered first. That answer can be sent again, so a kill meanwhile loses nothing.
 */
export const filed = ({ useCases }: Conversation, { command, form, answer, settle, waits }: Filing): Work => ({
  act: async ({ person }) => {
    const read = readAsking(command, form.fields)
    if (!read.ok) {
      await answer(complaint(form, missingFields(read.missing), outdatedButtonView(), read.of))
      return undefined
    }
    const again = read.value
    const wish = wishOf(person.id, again)
    const folders = await useCases.foldersToAsk(wish)
    if (!folders.ok) return folders
    const mustWait = folders.value.length > 0
    if (mustWait) {
      await answer({ kind: 'wait', form: lookingForm(again, folders.value) })
      waits(again)
    }
    const outcome = await useCases.submitRequest(wish)
    if (!outcome.ok) return outcome
    await (mustWait ? settle(undefined) : answer({ kind: 'close' }))
    return undefined
  },
})

type Complete =
  | (AskingCommand & { readonly form: 'request'; readonly wish: CarriedWish })
  | (AskingCommand & { readonly form: 'extend'; readonly wish: CarriedLonger })

/** The command with what was filled in, or what it carries already. */
const readAsking = (command: AskingCommand, fields: FieldValues): Submitted<Complete> => {
  if (command.form === 'request') {
    const read = command.wish ? { ok: true as const, value: command.wish } : readRequestForm(fields)
    return read.ok ? { ok: true, value: { ...command, wish: read.value } } : read
  }
  if (command.wish) return { ok: true, value: { ...command, wish: command.wish } }
  const { duration, reason } = readExtension(fields)
  return duration === undefined
    ? { ok: false, missing: ['duration'] }
    : { ok: true, value: { ...command, wish: { duration, reason } } }
}

const wishOf = (requester: PersonId, complete: Complete): Wish => {
  const about = { requester, draft: complete.draft }
  if (complete.form === 'extend') return { ...about, ...complete.wish, extends: complete.grant }
  return { ...about, ...complete.wish }
}

/**
 * Tells that a wish was refused after its form was answered: in the form again, with everything kept, else in a message
 * whose button opens that form.
 */
export const refusedLater = async (
  conversation: Conversation,
  { identity }: Sender,
  { again, settle }: { readonly again: AskingCommand; readonly settle: FormReply['settle'] },
  refusal: Refusal,
  view: MessageView,
): Promise<MessageView | undefined> => {
  const { useCases, seals } = conversation
  const caller = useCases.identify(identity)
  if (!caller.ok) return view
  const person = caller.value.id
  const origin = { list: seals.seal(identity) }
  if (again.form === 'extend' || !again.wish) {
    if (await settle(refusedForm(view))) return undefined
    return again.form === 'extend' ? { ...notExtended(view, again.grant), origin } : view
  }
  const { draft, wish } = again
  const smaller = await useCases.smallerFolders(person, refusal, wish.items)
  const form = await formOfWish(conversation, person, { draft, wish, smaller, errors: requestFormErrors(refusal) })
  if (form && (await settle(form))) return undefined
  return { ...notFiled(view, wish, smaller), origin }
}
