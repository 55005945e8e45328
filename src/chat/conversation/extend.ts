import type { GrantId, PersonId } from '../../domain/ids.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import type { Seconds } from '../../domain/time.ts'
import { extendForm } from '../../views/extend-form.ts'
import type { FormView } from '../../views/view-model.ts'
import type { Conversation } from './conversation.ts'
import { type FieldValues, readLength, valueIn } from './fields.ts'

/** The form that asks for more time, if the person may extend the grant now. */
export const extendFormFor = async (
  { useCases, newId }: Conversation,
  grant: GrantId,
  by: PersonId,
  draft = newId(),
): Promise<Outcome<FormView>> => {
  const may = await useCases.mayExtend(grant, by)
  return may.ok ? accept(extendForm({ ...may.value, draft })) : may
}

/** The submitted form; without a length, that must be chosen first. */
export const readExtension = (
  fields: FieldValues,
): { readonly duration: Seconds | undefined; readonly reason: string } => ({
  duration: readLength(fields),
  reason: valueIn(fields, 'reason')?.slice(0, longestText) ?? '',
})

const longestText = 4000
