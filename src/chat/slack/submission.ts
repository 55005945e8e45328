import type { ViewResponseAction } from '@slack/bolt'
import type { FieldErrors } from '../../views/forms.ts'
import type { FieldValues } from '../commands.ts'
import type { Caller } from './identity.ts'
import { fieldsOf, type ViewPayload } from './payload.ts'

/** Acknowledges a dialog: it closes, or shows what the response says. */
export type Answer = (response?: ViewResponseAction) => Promise<void>

/** A dialog that somebody sent. */
export type Submission = { readonly view: ViewPayload; readonly answer: Answer; readonly caller: Caller }

/** What was filled in. */
export const valuesOf = (view: ViewPayload): FieldValues =>
  Object.fromEntries([...fieldsOf(view)].map(([name, { value }]) => [name, value]))

/** Errors beside fields; one whose field is not shown stands beside the resource, on which the others depend. */
export const errorsIn = (view: ViewPayload, errors: FieldErrors): ViewResponseAction => {
  const fields = fieldsOf(view)
  const fallback = fields.get('resource')?.block ?? [...fields.values()][0]?.block ?? ''
  const placed = Object.entries(errors).map(([name, sentence]) => [fields.get(name)?.block ?? fallback, sentence])
  return { response_action: 'errors', errors: Object.fromEntries(placed) }
}
