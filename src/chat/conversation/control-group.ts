import { nameOf } from '../../app/deps.ts'
import { cutEnd } from '../../domain/clean.ts'
import type { ControlGroupId, PersonId } from '../../domain/ids.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { noteFault } from '../../domain/written.ts'
import { authoriseForm, controlGroupDenied, denyControlGroupForm, reportedAnswer } from '../../views/control-groups.ts'
import { bare, refusalSentence } from '../../views/copy.ts'
import { plainText } from '../../views/copy-time.ts'
import type { FormView } from '../../views/view-model.ts'
import { type Conversation, unheard } from './conversation.ts'
import { type FieldValues, placed, readNote } from './fields.ts'
import type { FormAnswer, Say } from './port.ts'
import type { Work } from './turn.ts'

const contextOf = (conversation: Conversation) => ({ now: conversation.clock.now(), nameOf: nameOf(conversation) })

/** Somebody tells of a request that waits for a control group, by its accessor. The vault says what it is. */
export const controlGroupTold = (conversation: Conversation, words: string, say: Say): Work => ({
  act: async ({ person }) => {
    const told = await conversation.useCases.controlGroups.report(cutEnd(words, 200), person.id)
    if (!told.ok) return told
    const { shown, isNew } = told.value
    await say(reportedAnswer(shown, isNew, contextOf(conversation)))
    return undefined
  },
})

/** The lines with which a member authorises it, for that member alone. */
export const authoriseFormFor = async (
  conversation: Conversation,
  id: ControlGroupId,
  by: PersonId,
): Promise<Outcome<FormView>> => {
  const found = await conversation.useCases.controlGroups.authorise(id, by)
  if (!found.ok) return found
  const { shown, commands } = found.value
  return accept(authoriseForm(shown, { ...contextOf(conversation), commands }))
}

/** The question why a member denies it. */
export const denyFormFor = async (
  conversation: Conversation,
  id: ControlGroupId,
  by: PersonId,
): Promise<Outcome<FormView>> => {
  const found = await conversation.useCases.controlGroups.mayDeny(id, by)
  return found.ok ? accept(denyControlGroupForm(found.value, contextOf(conversation))) : found
}

type Beside = { readonly say: Say; readonly redraw: () => Promise<FormView | undefined> }

/** A sent denial. Its reason is checked at once; the vault is told after that. */
export const controlGroupDenial = (
  conversation: Conversation,
  id: ControlGroupId,
  fields: FieldValues,
  answer: (answer: FormAnswer) => Promise<unknown>,
  { say, redraw }: Beside,
): Work => {
  const note = readNote(fields)
  return {
    prepare: async () => {
      const fault = noteFault(note, { needed: true })
      const errors = fault ? placed(fields, { note: plainText(refusalSentence(fault)) }) : []
      await answer(errors.length > 0 ? { kind: 'errors', errors, redraw } : { kind: 'close' })
      return accept(errors.length > 0 ? 'done' : 'go-on')
    },
    act: async ({ person }) => {
      const denied = await conversation.useCases.controlGroups.deny(id, person.id, note)
      if (!denied.ok) return denied
      await say(bare(controlGroupDenied)).catch(unheard(conversation))
      return undefined
    },
  }
}
