import type { Log } from '../../app/deps.ts'
import type { UseCases } from '../../app/use-cases.ts'
import type { Identity, MessageRef } from '../../domain/card.ts'
import type { ConversationReference } from '../../domain/conversation-memory.ts'
import type { Refusal } from '../../domain/refusal.ts'
import type { Secret } from '../../domain/secret.ts'
import type { Clock, Directory } from '../../ports.ts'
import type { FormView, MessageView, Option } from '../../views/view-model.ts'
import type { Admits } from './admission.ts'
import type { FieldKey } from './codec.ts'
import type { FieldError, FieldValues } from './fields.ts'

/** What the conversation with people needs, whatever platform it is held at. */
export type ConversationDeps = {
  /** As people call the platform. */
  readonly label: string
  /** What people type before their words, for help. */
  readonly command: string
  readonly admits: Admits
  /** What only the platform and we know: seals the lists that only their reader sees. */
  readonly sealingSecret: Secret
  readonly useCases: UseCases
  readonly directory: Pick<Directory, 'find'>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Log
  /** Names a newly opened form. */
  readonly newId: () => string
}

/** Whoever did something. The platform vouches for the identity. */
export type Sender = {
  readonly identity: Identity
  /** Refused before anybody is looked up, such as somebody of a workspace that is not served. */
  readonly objection?: Extract<Refusal, { code: 'not-admitted' }> | undefined
  /** Where the person is reached; only from a platform that cannot open a conversation by itself. */
  readonly reference?: ConversationReference | undefined
}

/** Tells the person alone, as near as can be to what they did. */
export type Say = (view: MessageView) => Promise<unknown>

/** Replaces what a dialog shows; not when the dialog has changed since, as then a newer choice is on its way. */
export type Replace = (form: FormView) => Promise<unknown>

/** The answers to something that may open a dialog. What the platform does not do is an `ExternalError`. */
export type Reply = {
  readonly say: Say
  /** Opens a dialog, once. */
  readonly open: (form: FormView) => Promise<Replace>
}

/** A button that was pressed, and the message that it stood in; `undefined` where that is none of ours to know. */
export type Press = {
  readonly payload: unknown
  readonly stands: { readonly message: MessageRef; readonly isPrivate: boolean } | undefined
}

/** A form as the platform gives it back. */
export type Form = { readonly payload: unknown; readonly fields: FieldValues }

/** A menu whose entries are asked for while somebody types. */
export type Query = { readonly field: FieldKey | undefined; readonly typed: string }

/** Shows the entries; called once. */
export type Suggest = (options: readonly Option[]) => Promise<unknown>

/** What becomes of a form that was sent. */
export type FormAnswer =
  | { readonly kind: 'close' }
  | { readonly kind: 'errors'; readonly errors: readonly FieldError[] }
  | { readonly kind: 'replace'; readonly form: FormView }

/** The answers to a form that was sent: `answer` comes once, then only `say` is left. */
export type FormReply = {
  readonly answer: (answer: FormAnswer) => Promise<unknown>
  /** Tells the person alone; in the conversation, if there is one, from which the form was opened. */
  readonly say: (view: MessageView, conversation: string | undefined) => Promise<unknown>
}
