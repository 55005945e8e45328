import { refusedForm } from '../../views/dialogs.ts'
import type { FieldErrors } from '../../views/forms.ts'
import type { FormView, MessageView } from '../../views/view-model.ts'
import { type FieldValues, placed } from './fields.ts'
import type { FormAnswer } from './port.ts'

/** A form as filled in; `redraw` makes it again. */
export type Filled = { readonly fields: FieldValues; readonly redraw: () => Promise<FormView | undefined> }

/** Beside the fields, or in place of the form when no field fits. */
export const complaint = (
  { fields, redraw }: Filled,
  errors: FieldErrors,
  view: MessageView,
  of?: string,
): FormAnswer => {
  const beside = placed(fields, errors, of)
  return beside.length > 0 ? { kind: 'errors', errors: beside, redraw } : { kind: 'replace', form: refusedForm(view) }
}
