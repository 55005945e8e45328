import type { Part } from '../domain/access-request.ts'
import type { Identity } from '../domain/card.ts'
import type { CardId, GrantId, RequestId } from '../domain/ids.ts'
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

/** What changes something, and is asked about in a dialog before it is done. */
export type ChangeCommand =
  | { readonly do: 'approve' | 'deny' | 'cancel'; readonly request: RequestId }
  | { readonly do: 'revoke' | 'give-back'; readonly grant: GrantId }

/** What a button asks for: ids only, because whoever sees the message can read them. `chat/conversation/codec.ts` encodes it. */
export type ButtonCommand =
  | ChangeCommand
  | { readonly do: 'show-policy' | 'show-items'; readonly request: RequestId }
  | { readonly do: 'get-link'; readonly grant: GrantId }

/** Which message a button stands in: a card's, or a list that only the reader sees, by its seal. */
export type Origin = { readonly card: CardId } | { readonly list: string }

/** What a dialog submits as; `draft` names one opened form, `isListed` one that a list's button opened. */
export type FormCommand =
  | { readonly form: 'request'; readonly draft: string }
  | {
      readonly form: 'confirm'
      readonly change: ChangeCommand
      readonly isListed?: boolean | undefined
      /** What of the request the reader was shown to decide on. */
      readonly seen?: Part | undefined
    }

/** Answered with a command, or with a page. */
export type Action = { readonly label: string; readonly style?: 'primary' | 'danger' } & (
  | { readonly command: ButtonCommand }
  | { readonly url: string }
)

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
  /** Stands in each button's command, so that a press can be traced to the message; without it no button works. */
  readonly origin?: Origin
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
      /** 0 for one that may stay empty. */
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
  /** Options come from the server while one types; `scope` is sent along. At most `most` can be chosen. */
  | {
      readonly kind: 'typeahead'
      readonly scope: string
      readonly values: readonly Option[]
      readonly most: number
      readonly placeholder?: string
      readonly reloads?: boolean
    }
)

/** A dialog: what is asked, and what it submits as. Without `submit` it only shows. */
export type FormView = {
  readonly title: string
  readonly submit?: { readonly label: string; readonly command: FormCommand }
  /** The button that sends nothing; by default "Cancel" or "Close". */
  readonly close?: string
  readonly fields?: MessageView['fields']
  readonly quotes?: readonly Quote[]
  readonly notes: readonly Text[]
  readonly inputs: readonly Input[]
  readonly code?: readonly string[]
  readonly actions: readonly Action[]
}
