import { admitPerson } from '../../app/admit-person.ts'
import type { Deps } from '../../app/deps.ts'
import type { UseCases } from '../../app/use-cases.ts'
import { newAdmits } from '../../chat/conversation/admission.ts'
import { encodeButton } from '../../chat/conversation/codec.ts'
import type { FieldError } from '../../chat/conversation/fields.ts'
import { newInbound } from '../../chat/conversation/inbound.ts'
import type { Form, Sender } from '../../chat/conversation/port.ts'
import { newSeals } from '../../chat/conversation/seals.ts'
import type { Identity } from '../../domain/card.ts'
import { accept, refuse } from '../../domain/refusal.ts'
import { secret } from '../../domain/secret.ts'
import type { Person } from '../../ports.ts'
import type { ButtonCommand, FormView, MessageView, Option } from '../../views/view-model.ts'

/** What an action came to: a dialog to fill in, or an answer that only says something. */
export type Opened = { readonly form?: FormView; readonly said?: MessageView }

/** What a sent dialog came to. Without anything it was done. */
export type Sent = {
  /** The dialog again, with what the person filled in, and the faults beside its fields. */
  readonly form?: FormView | undefined
  readonly errors?: readonly FieldError[]
  /** Instead of the dialog, or after it: usually a refusal. */
  readonly said?: MessageView
}

export type Dialogues = ReturnType<typeof newDialogues>

/**
 * The pages are one more platform of the conversation: an address is a press, and a sent page is a submitted form. So
 * every dialog, check, refusal and audit row is the one of chat. What chat learns, the pages can do at once.
 */
export const newDialogues = (
  deps: Pick<Deps, 'directory' | 'platforms' | 'clock' | 'log' | 'newId' | 'newNonce'>,
  useCases: UseCases,
  command: string,
) => {
  const { directory, clock, log, newId } = deps
  // Nothing that it seals leaves the process.
  const sealingSecret = secret(deps.newNonce())
  const seals = newSeals(sealingSecret, clock)
  const inbound = newInbound({
    ...{ label: 'the web', command, admits: newAdmits(asking(deps), clock), sealingSecret },
    ...{ useCases, directory, clock, log, newId },
  })

  const opening = async (act: (reply: { say: Say; open: Open }) => Promise<void>): Promise<Opened> => {
    let opened: Opened = {}
    await act({
      say: async (said) => {
        opened = { ...opened, said }
      },
      open: async (form) => {
        opened = { form }
        return async (instead) => {
          opened = { form: instead }
        }
      },
    })
    return opened
  }

  return {
    /** Presses a button, which opens a dialog and changes nothing. */
    press: (person: Person, button: ButtonCommand): Promise<Opened> => {
      const sender = senderOf(person)
      const payload = encodeButton(button, { list: seals.seal(sender.identity) })
      return opening((reply) => inbound.press(sender, { payload, stands: { isPrivate: true } }, reply))
    },
    /** Types words, such as `request kv/apps/db`. */
    type: (person: Person, words: string): Promise<Opened> =>
      opening((reply) => inbound.command(senderOf(person), words, reply)),
    /** Makes an open dialog again, with the fields that depend on what was chosen. */
    change: async (person: Person, form: Form): Promise<FormView | undefined> => {
      let changed: FormView | undefined
      await inbound.change(senderOf(person), form, async (next) => {
        changed = next
      })
      return changed
    },
    /** The entries of the menu of resources for these words. */
    search: async (person: Person, scope: string, typed: string): Promise<readonly Option[]> => {
      let found: readonly Option[] = []
      await inbound.suggest(senderOf(person), { field: { name: 'resource', scope }, typed }, async (options) => {
        found = options
      })
      return found
    },
    send: async (person: Person, form: Form): Promise<Sent> => {
      let sent: Sent = {}
      await inbound.submit(senderOf(person), form, {
        answer: async (answer) => {
          if (answer.kind === 'errors') sent = { errors: answer.errors, form: await answer.redraw() }
          if (answer.kind === 'replace') sent = { said: asMessage(answer.form) }
        },
        // A page waits until all is known, so it can still show what a dialog would.
        settle: async (form) => {
          if (form) sent = form.submit ? { form, errors: [] } : { said: asMessage(form) }
          return true
        },
        say: async (said) => {
          sent = { ...sent, said }
        },
      })
      return sent
    },
  }
}

type Say = (said: MessageView) => Promise<void>
type Open = (form: FormView) => Promise<(instead: FormView) => Promise<void>>

/** The person has signed in at the issuer, so any account of theirs stands for them. */
const senderOf = ({ identities }: Person): Sender => {
  const [identity] = identities
  if (!identity) throw new Error('somebody signed in without an account')
  return { identity }
}

/** A chat that does not answer stops nobody who has signed in; its no counts. */
const asking =
  (deps: Pick<Deps, 'directory' | 'platforms' | 'log'>): Parameters<typeof newAdmits>[0] =>
  async (identity: Identity) => {
    const person = deps.directory.person(identity)
    if (!person) return refuse({ code: 'unknown-person', ...identity })
    const said = await admitPerson(deps)(person.id)
    return said === 'silent' ? accept(undefined) : said
  }

const asMessage = ({ notes, code }: FormView): MessageView => ({
  ...{ title: '', tone: 'bad', summary: '', fields: [], quotes: [], notes, actions: [] },
  ...(code && { code }),
})
