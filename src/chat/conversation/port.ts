import type { Log } from '../../app/deps.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { Identity, MessageRef } from '../../domain/card.ts'
import type { ConversationReference } from '../../domain/conversation-memory.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Seconds } from '../../domain/time.ts'
import type { Clock, Directory } from '../../ports.ts'
import type { FormView, MessageView, Option } from '../../views/view-model.ts'
import type { Admits } from './admission.ts'
import type { FieldKey } from './codec.ts'
import type { FieldError, FieldValues } from './fields.ts'

/** What the conversation with people needs on any platform. */
export type ConversationDeps = {
  /** The platform's name for people. */
  readonly label: string
  /** The command that people type before their words, for the help. */
  readonly command: string
  /** A sentence on how the request form opens without the command, where the platform has such a way. */
  readonly shortcut?: string
  readonly admits: Admits
  /** How the platform calls the person of an account, where it says so. */
  readonly fullName?: (identity: Identity) => Promise<string | undefined>
  /** Only a press can open a form there; typed words are answered by a message whose button opens it. */
  readonly formsNeedPress?: true
  /** The answer is the reply to the delivery itself, so a form cannot wait for the vault. */
  readonly answersInReply?: true
  /** A secret between the platform and us; it seals private lists. */
  readonly sealingSecret: Secret
  readonly useCases: UseCases
  readonly directory: Pick<Directory, 'find' | 'members'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** Draws the id of a newly opened form. */
  readonly newId: () => string
}

/** The actor. The platform vouches for the identity. */
export type Sender = {
  readonly identity: Identity
  /** A refusal before any look-up, such as for a member of another organisation. */
  readonly objection?: Extract<Refusal, { code: 'not-admitted' }> | undefined
  /** How the person is reached; only from a platform that cannot open conversations. */
  readonly reference?: ConversationReference | undefined
}

/** Tells only the person, as near as possible to their action. */
export type Say = (view: MessageView) => Promise<unknown>

/** Replaces the content of a dialog, unless it has changed: then a newer choice is on its way. */
export type Replace = (form: FormView) => Promise<unknown>

/** The possible answers to an action that may open a dialog. A failure of the platform is an `ExternalError`. */
export type Reply = {
  readonly say: Say
  /** Opens a dialog, once. */
  readonly open: (form: FormView) => Promise<Replace>
}

/** A pressed button and its place: a message, or without one the person's home. `undefined` for an unknown place. */
export type Press = {
  readonly payload: unknown
  readonly stands: { readonly message?: MessageRef; readonly isPrivate: boolean } | undefined
}

/** A form as the platform returns it. */
export type Form = { readonly payload: unknown; readonly fields: FieldValues }

/** A menu that asks for entries while a person types. */
export type Query = { readonly field: FieldKey | undefined; readonly typed: string }

/** Shows the entries; called once. */
export type Suggest = (options: readonly Option[]) => Promise<unknown>

/** The result of a submitted form. */
export type FormAnswer =
  | { readonly kind: 'close' }
  /** `redraw` is for a platform that forgets the form: the same one, with what the person filled in. */
  | {
      readonly kind: 'errors'
      readonly errors: readonly FieldError[]
      readonly redraw: () => Promise<FormView | undefined>
    }
  | { readonly kind: 'replace'; readonly form: FormView }
  /** The work goes on and may take long: `form` says so, where it is not over at once. */
  | { readonly kind: 'wait'; readonly form: FormView }

/** The possible answers to a submitted form: `answer` once, then only `say`, which may follow while `later` lasts. */
export type FormReply = {
  readonly answer: (answer: FormAnswer) => Promise<unknown>
  /**
   * Shows a form in the dialog of a `wait`, or without a form that all is done; returns whether the person can still see
   * it there.
   */
  readonly settle: (form: FormView | undefined) => Promise<boolean>
  /** Tells only the person, in the conversation from which the form was opened, if there is one. */
  readonly say: (view: MessageView, conversation: string | undefined) => Promise<unknown>
  /** For how long a later answer may follow the first one; absent on a platform that takes none. */
  readonly later?: Seconds
}
