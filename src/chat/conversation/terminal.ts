import { cutEnd } from '../../domain/clean.ts'
import type { PersonId } from '../../domain/ids.ts'
import { accept, type Outcome } from '../../domain/refusal.ts'
import { bare } from '../../views/copy.ts'
import { terminalBehindButton, terminalForm, terminalIsIn } from '../../views/terminal-form.ts'
import type { FormView } from '../../views/view-model.ts'
import { type Conversation, unheard } from './conversation.ts'
import type { FormAnswer, Reply, Say } from './port.ts'
import type { Work } from './turn.ts'

/** An account in chat lets a terminal do its person's own things, not more. */
const proof = { by: 'chat' } as const

/** Asks whether the terminal with the typed code may in. Nothing was sent before: the person began this. */
export const terminalAsked = (conversation: Conversation, words: string, { say, open }: Reply): Work => ({
  act: async ({ person, identity }) => {
    const { formsNeedPress, seals } = conversation
    const typed = cutEnd(words.trim(), 40)
    if (formsNeedPress) {
      await say({ ...terminalBehindButton(typed), origin: { list: seals.seal(identity) } })
      return undefined
    }
    const form = await terminalQuestion(conversation, typed, person.id)
    if (!form.ok) return form
    await open(form.value)
    return undefined
  },
})

/** The question, which names the machine: its code alone may come from somebody else. */
export const terminalQuestion = async (
  { useCases }: Conversation,
  code: string,
  by: PersonId,
): Promise<Outcome<FormView>> => {
  const found = await useCases.terminal(code, by, proof)
  return found.ok ? accept(terminalForm(code, found.value)) : found
}

/** Lets the terminal in. */
export const terminalPermitted = (
  { useCases, ...conversation }: Conversation,
  code: string,
  answer: (answer: FormAnswer) => Promise<unknown>,
  say: Say,
): Work => ({
  act: async ({ person }) => {
    const permitted = await useCases.permitTerminal(code, person.id, proof)
    if (!permitted.ok) return permitted
    await answer({ kind: 'close' })
    await say(bare(terminalIsIn)).catch(unheard(conversation))
    return undefined
  },
})
