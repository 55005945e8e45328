import type { Plan } from '../domain/connector.ts'
import type { Timestamp } from '../domain/time.ts'
import { allItemFields, type Deciding } from './request-items.ts'
import type { FormView, MessageView, Text } from './view-model.ts'

/** The one-time link, to be opened or copied. */
export const linkForm = ({ url, expiresAt }: { url: string; expiresAt: Timestamp }): FormView => ({
  title: 'Your one-time link',
  notes: [
    [
      'It works once and until ',
      { time: expiresAt },
      '. Opening the page shows a button; only that button gets the credential.',
    ],
    [
      'Opened after you, it gives nothing, and its page lets people tell the owners that it was not them. For a new link, press the button in the message.',
    ],
  ],
  inputs: [],
  code: [url],
  actions: [{ label: 'Open the link', style: 'primary', url }],
})

const policyText = {
  all: 'Exactly this policy was fixed when the request was made. Latchkey refuses to write any other.',
  own: 'Exactly this is what your decision is about. The vault gets one policy for all that is approved, and it gives no more than this of yours.',
  rest: 'Something was denied, so this policy is only for the rest of what was asked for. Latchkey refuses to write any other.',
} as const

/** The exact document that the vault gets: for all that was asked for, for the reader's own part, or for the rest. */
export const policyView = ({ document, hash, of = 'all' }: Plan & { of?: keyof typeof policyText }): FormView => ({
  title: 'What the vault gets',
  notes: [[policyText[of]], ['Fingerprint ', { code: hash }]],
  inputs: [],
  code: document.split('\n'),
  actions: [],
})

/** Everything that a request is for, where its card names only some of it. */
export const itemsView = (subject: Deciding): FormView => ({
  title: 'All that is asked for',
  fields: allItemFields(subject, subject.part?.items),
  notes: [],
  inputs: [],
  actions: [],
})

/** A dialog that only says something, in place of one that cannot be shown. */
export const sentenceForm = (title: string, text: Text): FormView => ({ title, notes: [text], inputs: [], actions: [] })

/** A message as a dialog, for somebody who looks at one. */
export const refusedForm = ({ notes, code }: MessageView): FormView => ({
  title: 'Not possible',
  notes,
  inputs: [],
  ...(code && { code }),
  actions: [],
})
