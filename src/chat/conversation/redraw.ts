import type { FormView, Input } from '../../views/view-model.ts'
import { decodeForm } from './codec.ts'
import { askFirst } from './confirm.ts'
import { denyFormFor } from './control-group.ts'
import type { Conversation } from './conversation.ts'
import { extendFormFor } from './extend.ts'
import type { FieldValues } from './fields.ts'
import type { Form, Sender } from './port.ts'
import { requestFormOf } from './request-form.ts'

/**
 * Makes a submitted form again, with what the person filled in; `undefined` where the form is not possible any more. It
 * only reads, and asks no vault.
 */
export const redrawn = async (
  conversation: Conversation,
  { identity }: Sender,
  form: Form,
): Promise<FormView | undefined> => {
  const caller = conversation.useCases.identify(identity)
  const command = decodeForm(form.payload)?.command
  if (!caller.ok || !command) return undefined
  if (command.form === 'request') return requestFormOf(conversation, form, caller.value.id)
  if (command.form === 'extend') {
    const again = await extendFormFor(conversation, command.grant, caller.value.id, command.draft)
    return again.ok ? filledWith(again.value, form.fields) : undefined
  }
  if (command.form === 'terminal') return undefined // it has no fields to fill in
  if (command.form === 'deny-control-group') {
    const again = await denyFormFor(conversation, command.controlGroup, caller.value.id)
    return again.ok ? filledWith(again.value, form.fields) : undefined
  }
  const asked = await askFirst(conversation, command.change, { person: caller.value }, command.isListed === true)
  return asked.ok ? filledWith(asked.value, form.fields) : undefined
}

const filledWith = (view: FormView, fields: FieldValues): FormView => ({
  ...view,
  inputs: view.inputs.map((input) => filled(input, fields)),
})

const filled = (input: Input, fields: FieldValues): Input => {
  const value = fields.find(({ name }) => name === input.name)?.values[0]
  return value === undefined || input.kind === 'typeahead' ? input : { ...input, value }
}
