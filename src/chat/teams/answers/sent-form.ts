import { seconds } from '../../../domain/time.ts'
import { outdatedButtonView } from '../../../views/copy.ts'
import type { FormView } from '../../../views/view-model.ts'
import { encodeForm } from '../../conversation/codec.ts'
import type { Inbound } from '../../conversation/inbound.ts'
import type { Form, Sender } from '../../conversation/port.ts'
import { asksMore, hasChanged, type SubmittedForm, saysMore, valuesOf } from '../cards/form-data.ts'
import type { Replies } from './one-answer.ts'

/** The personal chat takes answers at any time; later than this nobody expects one. */
const answersLast = seconds(30 * 60)

const check = 'Please check what is new here, then send the form.'

/**
 * Works on a sent form. A dialog of Teams cannot reload its fields by itself. So a form whose choices changed since it
 * was drawn is drawn again first, and then sent by itself where the person has nothing to add and nothing new to read.
 */
export const takeForm = async (
  inbound: Inbound,
  sender: Sender,
  sent: SubmittedForm,
  replies: Replies,
): Promise<void> => {
  const { payload, fields, act, search } = sent
  const beside = search === '' ? {} : { search }
  const submit = (form: Form) =>
    inbound.submit(sender, form, {
      answer: (answer) => replies.answer(answer, beside),
      settle: (form) => replies.settle(form, beside),
      say: replies.say,
      later: answersLast,
    })
  if (act === 'send' && !hasChanged(sent)) return submit({ payload, fields })
  let drawn: FormView | undefined
  await inbound.change(sender, { payload, fields }, async (next) => {
    drawn = next
  })
  if (!drawn) return void (await replies.say(outdatedButtonView()))
  const command = drawn.submit?.command
  const isNew = asksMore(drawn, sent) || saysMore(drawn, sent)
  if (act === 'send' && command && !isNew) return submit({ payload: encodeForm({ command }), fields: valuesOf(drawn) })
  await replies.answer({ kind: 'replace', form: drawn }, act === 'send' && command ? { ...beside, say: check } : beside)
}
