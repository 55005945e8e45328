import type { Part } from '../domain/access-request.ts'
import type { OtherSecrets } from '../domain/beneath.ts'
import type { Identity } from '../domain/card.ts'
import type { ShownAlarm } from '../domain/fetch-link.ts'
import type { CardId, ControlGroupId, FetchLinkId, GrantId, RequestId, ResourceId } from '../domain/ids.ts'
import type { Seconds, Timestamp } from '../domain/time.ts'
import type { WorkloadWish } from '../domain/workload.ts'

/** A piece of text: plain, a moment in the reader's time zone, a person, or literal characters. */
export type Span =
  | string
  | { readonly time: Timestamp }
  | { readonly person: string; readonly identities: readonly Identity[] }
  | { readonly code: string }
  | { readonly strong: string }
export type Text = readonly Span[]

export type Tone = 'waiting' | 'good' | 'bad' | 'neutral'

/** A command that changes something; a dialog asks for confirmation first. */
export type ChangeCommand =
  | { readonly do: 'approve' | 'deny' | 'cancel' | 'remind'; readonly request: RequestId }
  | { readonly do: 'revoke' | 'give-back'; readonly grant: GrantId }
  | {
      readonly do: 'it-was-me'
      readonly grant: GrantId
      readonly link: FetchLinkId
      /** The alarm that the message shows. */
      readonly alarm: ShownAlarm
    }

/** The command of a button. It contains only ids, as every reader of the message can read it. `codec.ts` encodes it. */
export type ButtonCommand =
  | ChangeCommand
  | { readonly do: 'show-policy' | 'show-items' | 'request-again'; readonly request: RequestId }
  | { readonly do: 'get-link' | 'extend'; readonly grant: GrantId }
  | { readonly do: 'authorise' | 'deny-control-group'; readonly controlGroup: ControlGroupId }
  | { readonly do: 'ask-administrators' }
  /** Asks whether the terminal that shows this code may in. */
  | { readonly do: 'terminal'; readonly code: string }
  /** Opens the request form, filled in from the words or with a whole wish. */
  | { readonly do: 'request'; readonly words?: string | undefined; readonly wish?: CarriedWish | undefined }

/** A filled request form, as a button or a form without fields carries it back to its person. */
export type CarriedWish = {
  readonly items: readonly [CarriedItem, ...CarriedItem[]]
  readonly allOrNothing: boolean
  readonly others: OtherSecrets
  /** Who is to use it instead of the requester. */
  readonly workload?: WorkloadWish | undefined
  readonly duration: Seconds
  readonly reason: string
}
/** The same of a form that asks for more time. */
export type CarriedLonger = Pick<CarriedWish, 'duration' | 'reason'>
type CarriedItem = { readonly resource: ResourceId; readonly permission: string }

/** The button of a message that only tries whether presses arrive. */
export type TrialCommand = { readonly do: 'answer-trial'; readonly trial: string }

/** The message of a button: a card, or a list for one reader, identified by its seal. */
export type Origin = { readonly card: CardId } | { readonly list: string }

/** The command of a form that asks for access. With a `wish` it is sent again as it was, so the form needs no fields. */
export type AskingCommand =
  | { readonly form: 'request'; readonly draft: string; readonly wish?: CarriedWish | undefined }
  | {
      readonly form: 'extend'
      readonly grant: GrantId
      readonly draft: string
      readonly wish?: CarriedLonger | undefined
    }

/**
 * The command of a dialog's submission. `draft` identifies one opened form; `isListed` marks a form opened from a list.
 */
export type FormCommand =
  | AskingCommand
  | { readonly form: 'terminal'; readonly code: string }
  | { readonly form: 'deny-control-group'; readonly controlGroup: ControlGroupId }
  | {
      readonly form: 'confirm'
      readonly change: ChangeCommand
      readonly isListed?: boolean | undefined
      /** The part of the request that the dialog showed to the reader. */
      readonly seen?: Part | undefined
    }

/** A button with a command or a page. */
export type Action = { readonly label: string; readonly style?: 'primary' | 'danger' } & (
  | { readonly command: ButtonCommand | TrialCommand }
  | { readonly url: string }
)

/** A person's own words, shown literally. */
export type Quote = { readonly label: string; readonly text: string }

/** A message, as the intersection of Block Kit and Adaptive Cards. */
export type MessageView = {
  /** The heading; empty where a headline or a note says it all. */
  readonly title: string
  readonly tone: Tone
  /** The first line of a card, after the mark of its tone. */
  readonly headline?: Text
  /** What follows at once, each on its own line. */
  readonly lines?: readonly Text[]
  /** One full sentence for notifications, screen readers and old clients. */
  readonly summary: string
  readonly fields: readonly { readonly label: string; readonly value: Text }[]
  readonly quotes: readonly Quote[]
  readonly notes: readonly Text[]
  readonly code?: readonly string[]
  readonly actions: readonly Action[]
  /** The small print at the end; a person's own words are a quote. */
  readonly small?: readonly (Text | Quote)[]
  /** Part of each button's command, so that a press leads back to the message. Without it no button works. */
  readonly origin?: Origin
  /** The lines of a list, each with its own buttons. */
  readonly entries?: readonly { readonly text: Text; readonly actions: readonly Action[] }[]
}

/** A person's own page: parts one below another, whose buttons belong to that person's list. */
export type HomeView = { readonly parts: readonly Omit<MessageView, 'origin'>[]; readonly origin?: Origin }

export type Option = { readonly label: string; readonly value: string; readonly hint?: string }

/** `scope` is what the options depend on: in another scope an earlier choice does not count. */
export type Input = {
  readonly name: string
  readonly label: string
  readonly hint?: string
  readonly error?: string
} & (
  | {
      readonly kind: 'paragraph'
      /** A single line. */
      readonly isLine?: boolean
      /** 0 for an input that may stay empty. */
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
  /** The server delivers options while the person types; `scope` is sent along. At most `most` can be chosen. */
  | {
      readonly kind: 'typeahead'
      readonly scope: string
      readonly values: readonly Option[]
      readonly most: number
      readonly placeholder?: string
      readonly reloads?: boolean
    }
)

/** A dialog: its inputs, and the command of its submission. Without `submit` it only shows text. */
export type FormView = {
  readonly title: string
  readonly submit?: { readonly label: string; readonly command: FormCommand }
  /** The button that sends nothing; "Cancel" or "Close" by default. */
  readonly close?: string
  readonly fields?: MessageView['fields']
  readonly quotes?: readonly Quote[]
  readonly notes: readonly Text[]
  readonly inputs: readonly Input[]
  readonly code?: readonly string[]
  readonly actions: readonly Action[]
}
