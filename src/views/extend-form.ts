import type { AccessRequest } from '../domain/access-request.ts'
import type { ActiveGrant } from '../domain/extension.ts'
import type { Seconds } from '../domain/time.ts'
import { reasonLength } from '../domain/written.ts'
import { extendAction } from './card-actions.ts'
import type { NameOf, Subject } from './copy-states.ts'
import { durationText } from './copy-time.ts'
import { entryText, list } from './lists.ts'
import { allItemFields } from './request-items.ts'
import { typedCommand } from './typed-command.ts'
import type { FormView, MessageView } from './view-model.ts'

/** What the form is made of; `lengths` are those that end later than the access. */
export type ExtendFormState = {
  readonly request: AccessRequest
  readonly grant: ActiveGrant
  readonly lengths: readonly Seconds[]
  readonly draft: string
}

/** Each access has a login of its own. */
const newOne = ({ workload }: AccessRequest): string =>
  workload ? 'there is a new role for it to log in with' : 'you get a new token'

/** Asks for more time: how long from its approval, and why. Everything else is as it was given. */
export const extendForm = ({ request, grant, lengths, draft }: ExtendFormState): FormView => ({
  title: 'Extend this access',
  submit: { label: 'Send request', command: { form: 'extend', grant: grant.id, draft } },
  fields: [
    ...allItemFields({ request, grant }),
    { label: 'Where', value: [{ code: request.integration }] },
    { label: 'Ends', value: [{ time: grant.expiresAt }] },
  ],
  notes: [[`The owners decide again. Once they approve, ${newOne(request)}; the present one keeps its end.`]],
  inputs: [
    {
      ...{ name: 'duration', label: 'How long', kind: 'select' },
      hint: 'It starts when it is approved, not at the end of the present access.',
      options: lengths.map((length) => ({ label: durationText(length), value: String(length) })),
      value: String(lengths.find((length) => length === request.duration) ?? lengths[0]),
    },
    {
      ...{ name: 'reason', label: 'Why', kind: 'paragraph', ...reasonLength, value: request.reason },
      hint: 'The owners decide by it, and the audit log keeps it. Write no secrets here.',
    },
  ],
  actions: [],
})

/** The access that a person can extend, with a button each. */
export const extendList = (own: readonly Subject[], nameOf: NameOf, command: string): MessageView => {
  const entries = own.flatMap((subject) =>
    subject.grant ? [{ text: entryText(subject, nameOf), actions: [extendAction(subject.grant)] }] : [],
  )
  const nothing = 'You have no access that can be extended now.'
  return entries.length > 0
    ? list('Extend your access', `You can extend ${entries.length}.`, entries)
    : list(
        'Extend your access',
        nothing,
        [],
        [[`${nothing} `, { code: typedCommand(command, 'mine') }, ' lists what you have and what waits.']],
      )
}
