import type { Identity } from '../domain/card.ts'
import type { GrantId, RequestId } from '../domain/ids.ts'
import type { Timestamp } from '../domain/time.ts'

/** A piece of text: plain, a moment in the reader's own time zone, a person, or something to be read letter by letter. */
export type Span =
  | string
  | { readonly time: Timestamp }
  | { readonly person: string; readonly identities: readonly Identity[] }
  | { readonly code: string }
  | { readonly strong: string }
export type Text = readonly Span[]

export type Tone = 'waiting' | 'good' | 'bad' | 'neutral'

/** What a button asks for: ids only, because whoever sees the message can read them. `chat/commands.ts` encodes it. */
export type ButtonCommand =
  | { readonly do: 'approve' | 'deny' | 'cancel' | 'show-policy'; readonly request: RequestId }
  | { readonly do: 'revoke' | 'give-back' | 'get-link'; readonly grant: GrantId }

/** What a dialog submits as; `draft` names one opened form. */
export type FormCommand =
  | { readonly form: 'request'; readonly draft: string }
  | { readonly form: 'deny'; readonly request: RequestId }

/** Answered with a command, or with a page. */
export type Action = { readonly label: string; readonly style?: 'primary' | 'danger' } & (
  | { readonly command: ButtonCommand; readonly confirm?: Confirm }
  | { readonly url: string }
)
export type Confirm = { readonly title: string; readonly text: string; readonly yes: string; readonly no: string }

/** Somebody's own words, shown literally. */
export type Quote = { readonly label: string; readonly text: string }

/** A message, as the intersection of Block Kit and Adaptive Cards. */
export type MessageView = {
  readonly title: string
  readonly tone: Tone
  /** One full sentence for notifications, screen readers and old clients. */
  readonly summary: string
  readonly fields: readonly { readonly label: string; readonly value: Text }[]
  readonly quotes: readonly Quote[]
  readonly notes: readonly Text[]
  readonly code?: readonly string[]
  readonly actions: readonly Action[]
  /** Lines of a list, each with its own buttons. */
  readonly entries?: readonly { readonly text: Text; readonly actions: readonly Action[] }[]
}

export type Option = { readonly label: string; readonly value: string; readonly hint?: string }

/** `scope` is what the options depend on: under another scope an earlier choice does not count. */
export type Input = {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly error?: string
} & (
  | {
      readonly kind: 'paragraph'
      readonly min: number
      readonly max: number
      readonly value?: string
      readonly placeholder?: string
    }
  | {
      readonly kind: 'select'
      readonly options: readonly Option[]
      readonly scope?: string
      readonly value?: string
      readonly reloads?: boolean
    }
  /** Options come from the server while one types; `scope` is sent along. */
  | {
      readonly kind: 'typeahead'
      readonly scope: string
      readonly value?: Option
      readonly placeholder?: string
      readonly reloads?: boolean
    }
)

/** A dialog: what is asked, and what it submits as. Without `submit` it only shows. */
export type FormView = {
  readonly title: string
  readonly submit?: { readonly label: string; readonly command: FormCommand }
  readonly notes: readonly Text[]
  readonly inputs: readonly Input[]
  readonly code?: readonly string[]
  readonly actions: readonly Action[]
}
